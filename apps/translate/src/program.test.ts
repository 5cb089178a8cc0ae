import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Finished, Workplace } from "@timestep/testing/program";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { translate } from "./fixtures/cli.js";
import { lettersWorkplace } from "./fixtures/corpus.js";

const place = new Workplace(lettersWorkplace());
const run = (...args: string[]): Promise<Finished> => translate.run(args, { cwd: place.path });
const predict = (stdin: string | Uint8Array, ...args: string[]): Promise<Finished> =>
  translate.run(["predict", "--run", "run", ...args, "-"], { cwd: place.path, stdin });

let trained: Finished;
beforeAll(async () => {
  trained = await run("train", "--config", "tiny.json", "--out", "run", "--json");
}, 180_000);
afterAll(() => {
  place.remove();
});

interface Scored {
  readonly metrics: Record<string, number>;
  readonly settings: string;
  readonly baseline: { readonly name: string };
  readonly baselines: { readonly name: string; readonly metrics: Record<string, number> }[];
}

describe("train and evaluate", () => {
  it("learns, and leaves a whole run", () => {
    expect(trained).toMatchObject({ exitCode: 0 });
    const { metrics, settings, baseline, baselines } = JSON.parse(trained.out) as Scored;
    expect(metrics["bleu"]).toBeGreaterThan(90);
    expect(Object.keys(metrics)).toEqual(["bleu", "sacrebleu", "chrf", "loss", "perplexity"]);
    expect(settings).toContain("tok:none");
    expect([baseline.name, ...baselines.map(({ name }) => name)]).toEqual(["source copied", "word by word"]);
    const files = ["config.json", "model.safetensors", "vocab.json", "metrics.jsonl", "environment.json"];
    for (const file of files) expect(existsSync(join(place.path, "run", file))).toBe(true);
    const report = place.read("run/report.html").toString();
    for (const part of ["Exposure bias", "Attention 1", "Worst translations", "<svg"])
      expect(report).toContain(part);
  });

  it("scores the test split, one run or several together", async () => {
    const one = JSON.parse((await run("evaluate", "--run", "run", "--json")).out) as Scored;
    const two = JSON.parse(
      (await run("evaluate", "--run", "run", "--run", "run", "--beam", "2", "--json")).out,
    ) as Scored;
    expect(one).toMatchObject({ task: "translate", split: "test", examples: 24 });
    expect(two.metrics["bleu"]).toBeCloseTo(one.metrics["bleu"] as number, 6);
    expect(two.settings).toContain("runs:2");
    expect(two.metrics).not.toHaveProperty("loss");
  });
});

describe("predict", () => {
  it("answers every line of stdin in its place", async () => {
    const lines = ["s1 s2", "", "s3", "   ", "s5 s4 s0", "unheard of"];
    const { exitCode, out } = await predict(lines.join("\n"));
    expect(exitCode).toBe(0);
    const said = out.split("\n");
    expect(said).toHaveLength(lines.length + 1);
    expect([said[1], said[3]]).toEqual(["", ""]);
    expect([said[0], said[2], said[4]]).toEqual(["t2 t1", "t3", "t0 t4 t5"]);
  });

  it("prints objects with n-best lists and alignments", async () => {
    const { out } = await predict("s1 s2\n\n", "--json", "--nbest", "3");
    const [first, empty] = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(Object.keys(first ?? {})).toEqual(["source", "translation", "score", "nbest", "alignment"]);
    expect(first).toMatchObject({ source: "s1 s2", translation: "t2 t1" });
    expect(first?.["nbest"]).toHaveLength(3);
    expect((first?.["alignment"] as number[][]).map(([source, target]) => [source, target])).toEqual([
      [1, 0],
      [0, 1],
    ]);
    expect(empty).toEqual({
      source: "",
      translation: "",
      score: 0,
      nbest: [{ text: "", score: 0 }],
      alignment: [],
    });
  });

  it("prints alignments as pairs, and copies what it does not know", async () => {
    expect((await predict("s1 s2\n", "--alignment")).out).toBe("t2 t1\t0-1 1-0\n");
    expect((await predict("s1 s2\n", "--no-repeat", "1", "--length-penalty", "0.6")).out).toBe("t2 t1\n");
    const { exitCode, out } = await predict("s1 zebra\n", "--replace-unknown");
    expect([exitCode, out.split("\n").length]).toEqual([0, 2]);
  });

  it("gives a line of 5,000 words a translation, and goes on", async () => {
    const long = Array.from({ length: 5000 }, (_, index) => `s${index % 6}`).join(" ");
    const { exitCode, out } = await predict(`s1\n${long}\ns2\n`, "--beam", "1");
    const [first, second = "", third] = out.split("\n");
    expect([exitCode, first, third]).toEqual([0, "t1", "t2"]);
    expect(second.split(" ").length).toBeGreaterThan(4900);
  }, 120_000);
});

describe("inspect", () => {
  it("counts what a corpus holds and what a run is made of", async () => {
    const data = await run("inspect", "--data", "letters", "--json");
    expect(JSON.parse(data.out)).toMatchObject({
      format: "lines",
      languages: { from: "aa", to: "bb" },
      source: { vocabulary: 6, splits: { train: { pairs: 300 }, test: { pairs: 24 } } },
    });
    const made = await run("inspect", "--run", "run", "--json");
    expect(JSON.parse(made.out)).toMatchObject({ sizes: { sourceIds: 10, targetIds: 10 } });
  });
});

describe("what is refused", () => {
  const refused = async (args: string[], reason: RegExp, stdin = ""): Promise<void> => {
    const { exitCode, err } = await translate.run(args, { cwd: place.path, stdin });
    expect(err).toMatch(reason);
    expect(exitCode).toBe(2);
  };

  it("files of different length, with both counts", async () => {
    place.write({ "uneven/train.aa": "a\nb\nc\n", "uneven/train.bb": "x\ny\n" });
    const args = ["train", "--config", "tiny.json", "--data", "uneven", "--out", "fresh"];
    await refused(args, /PARALLEL_LINES: train\.aa has 3 lines and train\.bb has 2/);
    expect(existsSync(join(place.path, "fresh"))).toBe(false);
  });

  it("bytes that are no text, with file and line", async () => {
    place.write({
      "latin/train.aa": Buffer.from("a\ncaf\xe9\n", "latin1"),
      "latin/train.bb": "x\ny\n",
    });
    await refused(
      ["train", "--config", "tiny.json", "--data", "latin", "--out", "fresh"],
      /DATA_ENCODING: train\.aa, line 2: byte 0xe9/,
    );
    const { exitCode, out, err } = await predict(Buffer.from("s1\ncaf\xe9\n", "latin1"));
    expect([exitCode, out]).toEqual([2, "t1\n"]);
    expect(err).toContain("INPUT_ENCODING: stdin:2");
  });

  it.each<[string, string[], RegExp]>([
    ["a beam of nothing", ["--beam", "0"], /FLAG_VALUE: --beam 0: expected a whole number of at least 1/],
    ["a length penalty in words", ["--length-penalty", "much"], /FLAG_VALUE: --length-penalty much/],
    ["a temperature without drawing", ["--temperature", "2"], /FLAG_SAMPLE/],
  ])("%s", async (_, flags, reason) => {
    await refused(["predict", "--run", "run", ...flags, "s1"], reason);
  });

  it("a run of another task", async () => {
    place.write({ "other/config.json": '{"formatVersion": 1, "task": "slots", "config": {}}' });
    await refused(["predict", "--run", "other", "s1"], /RUN_TASK: .*"slots", not of "translate"/);
  });

  it("pairs with an empty side are left out of training, with a count", async () => {
    place.write({
      "gaps/train.aa": "a\n\nc\n",
      "gaps/train.bb": "x\ny\nz\n",
      "gaps/dev.aa": "a\n",
      "gaps/dev.bb": "x\n",
    });
    const { out, exitCode } = await run("inspect", "--data", "gaps", "--json");
    expect(exitCode).toBe(0);
    const { warnings, source } = JSON.parse(out) as {
      warnings: string[];
      source: { splits: { train: { pairs: number } } };
    };
    expect(source.splits.train.pairs).toBe(2);
    expect(warnings.join()).toMatch(/train\.aa, line 2/);
  });
});
