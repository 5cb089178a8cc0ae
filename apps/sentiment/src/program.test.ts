import { readFileSync } from "node:fs";
import { type Finished, Workplace } from "@timestep/testing/program";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sentiment } from "./fixtures/cli.js";
import { opinionWorkplace } from "./fixtures/corpus.js";
import { reportKeys, type ReportJson } from "./fixtures/report.js";

const place = new Workplace(opinionWorkplace());
const here = { cwd: place.path };
const run = (...args: string[]): Promise<Finished> => sentiment.run(args, here);

interface Said {
  readonly text: string;
  readonly label: string | null;
  readonly confidence: number;
  readonly scores: Record<string, number>;
  readonly tokens: {
    readonly text: string;
    readonly start: number;
    readonly end: number;
    readonly weight: number;
  }[];
}

let trained: Finished;
beforeAll(async () => {
  const train = (config: string, out: string): Promise<Finished> =>
    run("train", "--config", config, "--out", out, "--json");
  [trained] = await Promise.all([train("tiny.json", "run"), train("sequence.json", "words")]);
}, 90_000);
afterAll(() => {
  place.remove();
});

describe("evaluate", () => {
  it("scores the test split beside the baselines, and the dev split as training did", async () => {
    const { out, err, exitCode } = await run("evaluate", "--run", "run", "--json");
    expect({ err, exitCode }).toEqual({ err: "", exitCode: 0 });
    const json = JSON.parse(out) as ReportJson;
    expect(Object.keys(json)).toEqual(reportKeys);
    expect(json).toMatchObject({ split: "test", examples: 24 });
    const dev = await run("evaluate", "--run", "run", "--split", "dev", "--json");
    const [again, before] = [JSON.parse(dev.out), JSON.parse(trained.out)] as [ReportJson, ReportJson];
    expect(again.metrics).toEqual(before.metrics);
    expect(again.baselines).toEqual(before.baselines);
  });

  it("without a training split has the majority of training alone, and says which labels are new", async () => {
    place.write({ "other/test.tsv": "label\ttext\npositive\tthe film was lovely\nodd\tthe song was dull\n" });
    const { out, exitCode } = await run("evaluate", "--run", "run", "--data", "other", "--json");
    expect(exitCode).toBe(0);
    const json = JSON.parse(out) as ReportJson;
    expect(json).toMatchObject({ examples: 2, metrics: { accuracy: 50 }, baseline: { name: "majority" } });
    expect(json.notes?.join()).toContain("1 texts have a label that training does not");
    const people = await run("evaluate", "--run", "run");
    expect(people.out).toMatch(/metric +score +majority +word list +naive Bayes +NB-SVM/);
  });
});

describe("predict", () => {
  const parse = (out: string): Said[] =>
    out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Said);

  it("prints one object a line for each input, in order, empty ones too", async () => {
    const texts = Array.from({ length: 90 }, (_, index) =>
      index % 7 === 3 ? "" : `the film was not dull ${index}`,
    );
    const [piped, tree] = await Promise.all([
      sentiment.run(["predict", "--run", "words", "--json", "-"], { ...here, stdin: texts.join("\n") }),
      run("predict", "--run", "run", "--json", "the song was not lovely"),
    ]);
    expect(piped).toMatchObject({ err: "", exitCode: 0 });
    const said = parse(piped.out);
    expect(said.map(({ text }) => text)).toEqual(texts);
    expect(said[3]).toMatchObject({ label: null, tokens: [] });
    const [first] = said;
    expect(Object.keys(first ?? {})).toEqual(["text", "label", "confidence", "scores", "tokens"]);
    expect(first?.label).toBe("positive");
    expect(first?.scores["positive"]).toBe(first?.confidence);
    for (const token of first?.tokens ?? []) {
      expect(Object.keys(token)).toEqual(["text", "start", "end", "weight", "attention"]);
      expect(first?.text.slice(token.start, token.end)).toBe(token.text);
    }
    expect(parse(tree.out)[0]).toMatchObject({
      label: "negative",
      tree: { label: "negative", start: 0, end: 23 },
    });
  });

  it("prints a line for people, a tree where asked, and - below the threshold", async () => {
    const { out } = await run("predict", "--run", "run", "--tree", "the song was not lovely");
    const lines = out.trimEnd().split("\n");
    expect(lines[0]).toMatch(/^negative [01]\.\d\d {2}the song was not lovely$/);
    expect(lines).toHaveLength(10);
    expect(lines[1]).toMatch(/^ {2}negative \d\.\d\d {2}the song was not lovely$/);
    const unsure = await run("predict", "--run", "run", "--abstain-below", "1", "of what");
    expect(unsure.out).toMatch(/^- \d\.\d\d {2}of what\n$/);
  });

  it("refuses what the network has not, and values that are none", async () => {
    const refused = await Promise.all([
      run("predict", "--run", "words", "--tree", "x"),
      run("predict", "--run", "run", "--weights", "attention", "x"),
      run("predict", "--run", "run", "--weights", "heat", "x"),
      run("predict", "--run", "run", "--abstain-below", "2", "x"),
    ]);
    for (const { exitCode, out, err } of refused) {
      expect({ exitCode, out }).toEqual({ exitCode: 2, out: "" });
      expect(err).toMatch(/^error FLAG_\w+: .+\n {2}\S/);
    }
  });

  it("takes a megabyte in one line", async () => {
    place.write({ "long.txt": `${"the film was dull ".repeat(60_000)}\n` });
    const said = await Promise.all(
      ["run", "words"].map((name) => run("predict", "--run", name, "--json", "--input", "long.txt")),
    );
    for (const { exitCode, out, err } of said) {
      expect({ exitCode, err }).toEqual({ exitCode: 0, err: "" });
      expect(parse(out)[0]?.tokens).toHaveLength(240_000);
    }
  });
});

describe("inspect", () => {
  it("--run shows sizes, parameters, temperature and settings", async () => {
    const { out, exitCode } = await run("inspect", "--run", "run", "--json");
    expect(exitCode).toBe(0);
    const json = JSON.parse(out) as { temperature: number; parameters: { path: string }[] };
    expect(json).toMatchObject({ sizes: { labels: 3, pretrainedWords: 0 }, settings: { seed: 1 } });
    expect(json.temperature).toBeGreaterThan(0);
    expect(json.parameters.map(({ path }) => path)).toContain("tree.layer.cell.recurrentKernel");
  });

  it("--data shows counts, labels and texts that stand in two splits", async () => {
    const { out, exitCode } = await run("inspect", "--data", "opinions", "--json");
    expect(exitCode).toBe(0);
    const json = JSON.parse(out) as { overlaps: { splits: string[]; texts: number }[] };
    expect(json).toMatchObject({ format: "trees", splits: { train: { texts: 80 }, test: { texts: 24 } } });
    expect(json.overlaps.map(({ splits }) => splits.join())).toEqual(["train,dev", "train,test", "dev,test"]);
    expect(json.overlaps[0]?.texts).toBeGreaterThan(0);
  });
});

it("bench prints speeds, what batching trees gains, and the costs that hold on any machine", async () => {
  const { out, err, exitCode } = await run("bench", "--json");
  expect({ err, exitCode }).toEqual({ err: "", exitCode: 0 });
  const { task, engine, ...figures } = JSON.parse(out) as Record<string, unknown>;
  expect(task).toBe("sentiment");
  expect(engine).not.toBe("");
  for (const [name, value] of Object.entries(figures)) expect(value, name).toBeGreaterThan(0);
  expect(figures["batchedGain"]).toBeGreaterThan(3);
});

describe("the program", () => {
  it("explains itself", async () => {
    const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
      version: string;
    };
    expect(await run("--version")).toMatchObject({ exitCode: 0, out: `${manifest.version}\n` });
    const help = await run("train", "--help");
    for (const text of ["--folds <n>", "model.tree.cell", "imdb, sst2-bilstm, sst2-tree, sst5-tree, tiny"]) {
      expect(help.out).toContain(text);
    }
  });

  it("has recipes whose settings are valid", async () => {
    const recipes = ["tiny", "sst2-tree", "sst5-tree", "sst2-bilstm", "imdb"];
    const inspect = (recipe: string): Promise<Finished> =>
      run("inspect", "--config", recipe, "--data", "opinions", "--set", "classes=read", "--json");
    for (const { exitCode, err } of await Promise.all(recipes.map(inspect))) {
      expect({ exitCode, err }).toEqual({ exitCode: 0, err: "" });
    }
  });
});
