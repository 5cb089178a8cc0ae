import { type Finished, Workplace } from "@timestep/testing/program";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { slots } from "./fixtures/cli.js";
import { tripWorkplace } from "./fixtures/corpus.js";

const good = "leave O\nBonn B-origin\n\narrive O\nUlm B-destination\nnow O\n";
const place = new Workplace(tripWorkplace());
const run = (...args: string[]): Promise<Finished> => slots.run(args, { cwd: place.path });
const fast = ["--config", "tiny.json", "--set", "training.epochs=1"];

interface Facts {
  readonly splits: Record<string, object>;
  readonly slots: Record<string, number>;
  readonly warnings: string[];
}
const inspect = async (files: Record<string, string>): Promise<Facts> => {
  const data = new Workplace(files);
  const { out, err, exitCode } = await run("inspect", "--data", data.path, "--json");
  data.remove();
  expect({ err, exitCode }).toEqual({ err: "", exitCode: 0 });
  return JSON.parse(out) as Facts;
};

beforeAll(async () => {
  expect(await run("train", ...fast, "--out", "run")).toMatchObject({ exitCode: 0 });
}, 60_000);
afterAll(() => {
  place.remove();
});

describe("data that looks odd and is right", () => {
  const plain = {
    splits: { train: { sentences: 2, tokens: 5, slots: 2, types: 2 } },
    slots: { origin: 1, destination: 1 },
  };

  it("reads CRLF and a byte order mark as nothing", async () => {
    const odd = { "train.conll": `\uFEFF${good.replaceAll("\n", "\r\n")}` };
    expect(await inspect(odd)).toMatchObject({ ...plain, warnings: [] });
    expect(await inspect({ "train.conll": good })).toMatchObject({ ...plain, warnings: [] });
  });

  it("opens a slot at I- after O, and says so", async () => {
    const facts = await inspect({ "train.conll": good.replace("B-origin", "I-origin") });
    expect(facts).toMatchObject(plain);
    expect(facts.warnings.join()).toMatch(/train\.conll.*I-origin|train\.conll.*I-/);
  });
});

it("trains on a sentence of 100,000 tokens and tags one, within a minute", async () => {
  const sentence = Array.from(
    { length: 25_000 },
    (_, index) => `on O\n${index} O\nleave O\nBonn B-origin\n`,
  ).join("");
  place.write({
    "long/train.conll": sentence,
    "long/dev.conll": good,
    "long.txt": `${Array(50_000).fill("leave Bonn").join(" ")}\n`,
  });
  const started = performance.now();
  const trained = await run("train", ...fast, "--data", "long", "--out", "long-run", "--json");
  expect(trained).toMatchObject({ exitCode: 0, err: "" });
  const predicted = await run("predict", "--run", "long-run", "--json", "--input", "long.txt");
  expect(predicted).toMatchObject({ exitCode: 0, err: "" });
  const { tokens, slots: found } = JSON.parse(predicted.out) as {
    tokens: { end: number }[];
    slots: unknown[];
  };
  expect(tokens).toHaveLength(100_000);
  expect(tokens.at(-1)?.end).toBe(50_000 * "leave Bonn ".length - 1);
  expect(found.length).toBeGreaterThan(0);
  expect(performance.now() - started).toBeLessThan(60_000);
}, 90_000);

it("finds data by its name in the folder of TIMESTEP_DATA", async () => {
  const elsewhere = new Workplace({ "some/where/test.conll": good });
  const env = { TIMESTEP_DATA: `${elsewhere.path}/some` };
  const args = ["evaluate", "--run", "run", "--data", "where", "--json"];
  const { exitCode, out } = await slots.run(args, { cwd: place.path, env });
  elsewhere.remove();
  expect(exitCode).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ split: "test", examples: 2 });
});

describe.skipIf(!process.env["TIMESTEP_DATA"])("corpora in TIMESTEP_DATA", () => {
  it.each([
    ["atis", { train: 4478, dev: 500, test: 893 }],
    ["wnut17", { train: 3394, dev: 1009, test: 1287 }],
  ])("%s has its published counts", async (name, counts) => {
    const env = { TIMESTEP_DATA: process.env["TIMESTEP_DATA"] as string };
    const { out, exitCode } = await slots.run(["inspect", "--data", name, "--json"], {
      cwd: place.path,
      env,
    });
    expect(exitCode).toBe(0);
    const { splits } = JSON.parse(out) as { splits: Record<string, { sentences: number }> };
    const read = Object.entries(splits).map(([split, { sentences }]) => [split, sentences]);
    expect(Object.fromEntries(read)).toEqual(counts);
  });
});
