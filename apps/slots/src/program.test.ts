import { readFileSync } from "node:fs";
import { startEngine } from "@timestep/engine";
import { type Finished, Workplace } from "@timestep/testing/program";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { slots } from "./fixtures/cli.js";
import { reportKeys, type ReportJson } from "./fixtures/report.js";
import { tripWorkplace } from "./fixtures/corpus.js";

const place = new Workplace(tripWorkplace());
const here = { cwd: place.path };
const run = (...args: string[]): Promise<Finished> => slots.run(args, here);

interface TaggedJson {
  readonly text: string;
  readonly tokens: { readonly text: string; readonly start: number; readonly end: number }[];
  readonly slots: {
    readonly type: string;
    readonly text: string;
    readonly start: number;
    readonly end: number;
  }[];
}

/** The engine that the program takes here: native, or wasm where the addon is not built. */
const automatic = await startEngine();

let trained: Finished;
beforeAll(async () => {
  trained = await run("train", "--config", "tiny.json", "--out", "run", "--seed", "7", "--json");
}, 60_000);
afterAll(() => {
  place.remove();
});

describe("evaluate", () => {
  it("scores the test split of the data that the run was trained on", async () => {
    const { out, err, exitCode } = await run("evaluate", "--run", "run", "--json");
    expect({ err, exitCode }).toEqual({ err: "", exitCode: 0 });
    const json = JSON.parse(out) as ReportJson;
    expect(Object.keys(json)).toEqual(reportKeys);
    expect(json).toMatchObject({
      task: "slots",
      split: "test",
      examples: 20,
      seed: 7,
      engine: automatic.name,
    });
  });

  it("scores another split, and other data; the dev split as training did", async () => {
    const dev = await run("evaluate", "--run", "run", "--split", "dev", "--json");
    const [again, before] = [JSON.parse(dev.out), JSON.parse(trained.out)] as [ReportJson, ReportJson];
    expect(again.metrics).toEqual(before.metrics);
    expect(again.baseline).toEqual(before.baseline);
    place.write({
      "more/test.conll": "leave O\nOslo B-origin\n\narrive O\nCape B-destination\nTown I-destination\n",
    });
    const other = await run("evaluate", "--run", "run", "--data", "more", "--json");
    expect(JSON.parse(other.out)).toMatchObject({ split: "test", examples: 2, metrics: { slotF1: 100 } });
  });

  it("prints the baseline's scores beside the model's", async () => {
    const { out } = await run("evaluate", "--run", "run");
    expect(out).toMatch(/metric.*score.*most frequent tag of each word/);
    expect(out.match(/slotF1\s+\S*\s*(\d+\.\d\d)\s+\S*\s*(\d+\.\d\d)/)).not.toBeNull();
  });

  it("says what caps the score: labels that training lacks, double intents", async () => {
    const line = (intent: string, type: string): string =>
      `${JSON.stringify({ text: "leave Bonn", slots: [{ type, start: 6, end: 10 }], intent })}\n`;
    place.write({ "odd/test.jsonl": line("find#book", "origin") + line("find", "stop") });
    const { out } = await run("evaluate", "--run", "run", "--data", "odd", "--json");
    const { notes } = JSON.parse(out) as { notes: string[] };
    expect(notes).toHaveLength(3);
    expect(notes.join("\n")).toMatch(
      /1 sentences have a tag[^]*1 sentences have an intent[^]*a#b is one label/,
    );
  });
});

describe("predict", () => {
  const check = (tagged: TaggedJson, text: string): void => {
    expect(Object.keys(tagged)).toEqual(["text", "tokens", "slots", "intent"]);
    expect(tagged.text).toBe(text);
    for (const token of tagged.tokens) {
      expect(Object.keys(token)).toEqual(["text", "start", "end", "tag", "confidence"]);
      expect(text.slice(token.start, token.end)).toBe(token.text);
    }
    for (const slot of tagged.slots) {
      expect(Object.keys(slot)).toEqual(["type", "text", "start", "end", "confidence"]);
      expect(text.slice(slot.start, slot.end)).toBe(slot.text);
    }
  };
  const parse = (out: string): TaggedJson[] =>
    out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as TaggedJson);

  it("prints one object a line for each argument", async () => {
    const texts = ["find a trip  arrive Cape Town", "find a trip leave Lima"];
    const { out, err, exitCode } = await run("predict", "--run", "run", "--json", ...texts);
    expect({ err, exitCode }).toEqual({ err: "", exitCode: 0 });
    const lines = parse(out);
    expect(lines).toHaveLength(2);
    lines.forEach((line, index) => {
      check(line, texts[index] as string);
    });
    expect(lines[0]).toMatchObject({
      slots: [{ type: "destination", text: "Cape Town" }],
      intent: { label: "find" },
    });
    expect(lines[1]).toMatchObject({ slots: [{ type: "origin", text: "Lima" }] });
  });

  it("answers lines of stdin and of a file in order, empty ones too", async () => {
    const texts = Array.from({ length: 150 }, (_, index) =>
      index % 7 === 3 ? "" : `trip ${index} leave Bonn`,
    );
    const stdin = texts.map((text) => `${text}\r\n`).join("");
    place.write({ "inputs.txt": `\uFEFF${texts.join("\n")}` });
    const [piped, read] = await Promise.all([
      slots.run(["predict", "--run", "run", "--json", "-"], { ...here, stdin }),
      run("predict", "--run", "run", "--json", "--input", "inputs.txt"),
    ]);
    expect(piped.exitCode).toBe(0);
    const lines = parse(piped.out);
    expect(lines.map(({ text }) => text)).toEqual(texts);
    expect(lines[3]).toMatchObject({ text: "", tokens: [], slots: [] });
    expect(read.out).toBe(piped.out);
  });

  it("prints brackets for people, a line an input", async () => {
    const { out } = await run("predict", "--run", "run", "book a trip leave New York arrive Ulm", "");
    const [first, second, ...rest] = out.split("\n");
    expect(first).toMatch(
      /^book a trip leave \[origin New York\] arrive \[destination Ulm\] {3}\(book [01]\.\d\d\)$/,
    );
    expect([second, ...rest]).toEqual(["", ""]); // nothing is known of an empty text
  });

  it("refuses nothing, a file that is not there, and a file beside arguments", async () => {
    const usages = [[], ["--input", "no.txt"], ["--input", "inputs.txt", "leave Bonn"]];
    const refused = await Promise.all(usages.map((args) => run("predict", "--run", "run", ...args)));
    for (const { exitCode, out, err } of refused) {
      expect({ exitCode, out }).toEqual({ exitCode: 2, out: "" });
      expect(err).toMatch(/^error (USAGE|INPUT_NOT_FOUND): .+\n {2}\S/);
    }
  });
});

describe("inspect", () => {
  it("--run shows sizes, parameters and settings", async () => {
    const { out, exitCode } = await run("inspect", "--run", "run", "--json");
    expect(exitCode).toBe(0);
    const json = JSON.parse(out) as {
      sizes: Record<string, number>;
      parameters: { path: string; shape: number[] }[];
    };
    expect(json).toMatchObject({
      sizes: { tags: 7, intents: 2, pretrainedWords: 0 },
      intents: ["book", "find"],
      settings: { seed: 7 },
    });
    expect(json.parameters).toContainEqual({ path: "crf.transitions", shape: [7, 7], trainable: true });
    const people = await run("inspect", "--run", "run");
    expect(people.out).toContain("crf.transitions");
  });

  it("--data shows counts, vocabulary and warnings", async () => {
    const { out, exitCode } = await run("inspect", "--data", "trips", "--json");
    expect(exitCode).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      name: expect.stringContaining("trips") as string,
      format: "jsonl",
      splits: {
        train: { sentences: 60, slots: 120, types: 2, intents: 2, unknownWords: 0 },
        dev: { sentences: 15 },
        test: { sentences: 20 },
      },
      slots: { origin: 60, destination: 60 },
      warnings: [],
    });
    const people = await run("inspect", "--data", "trips");
    expect(people.out).toMatch(/sentences[^]*train[^]*60[^]*destination/);
  });

  it("--engine says what runs and why the others do not", async () => {
    const { out, exitCode } = await run("inspect", "--engine", "--json");
    expect(exitCode).toBe(0);
    const json = JSON.parse(out) as {
      name: string;
      reason: string;
      passedOver: { name: string; reason: string }[];
    };
    const { name, threads, details } = automatic;
    expect(json).toMatchObject({ name, threads, details });
    const others = ["cpu", "cuda", "native", "wasm", "webgpu"].filter((other) => other !== name);
    expect(json.passedOver.map((other) => other.name).sort()).toEqual(others);
    for (const { reason } of json.passedOver) expect(reason).not.toBe("");
    const named = await run("inspect", "--engine", "cpu", "--json");
    expect(JSON.parse(named.out)).toMatchObject({ name: "cpu" });
    const unknown = await run("inspect", "--engine", "wsm");
    expect(unknown).toMatchObject({ exitCode: 2, out: "" });
    expect(unknown.err).toContain("ENGINE_UNKNOWN");
  });

  it("looks at exactly one thing", async () => {
    expect(await run("inspect", "--run", "run", "--data", "trips")).toMatchObject({ exitCode: 2, out: "" });
  });
});

it("bench prints speeds, memory, the score after its budget and the costs that hold on any machine", async () => {
  const { out, err, exitCode } = await run("bench", "--json");
  expect({ err, exitCode }).toEqual({ err: "", exitCode: 0 });
  const { task, engine, ...figures } = JSON.parse(out) as Record<string, unknown>;
  expect({ task, engine }).toEqual({ task: "slots", engine: automatic.name });
  expect(Object.keys(figures)).toEqual([
    ...[
      "threads",
      "trainExamplesPerSecond",
      "predictExamplesPerSecond",
      "peakMemoryMiB",
      "slotF1AfterBudget",
    ],
    ...["referenceMilliseconds", "trainCost", "predictCost"],
  ]);
  for (const [name, value] of Object.entries(figures)) expect(value, name).toBeGreaterThan(0);
});

describe("the program", () => {
  it("explains itself", async () => {
    const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
      version: string;
    };
    expect(await run("--version")).toMatchObject({ exitCode: 0, out: `${manifest.version}\n` });
    const help = await run("train", "--help");
    expect(help.exitCode).toBe(0);
    for (const text of [
      "--resume",
      "--max-minutes",
      "atis, travel, wnut17",
      "model.encoder.hiddenSize",
      "Units of each direction",
    ]) {
      expect(help.out).toContain(text);
    }
  });

  it("ends with 2 on bad usage", async () => {
    const usages = [
      ["fly"],
      ["train"],
      ["train", "--out", "x"],
      ["evaluate"],
      ["bench", "--fast"],
      ["train", "--out", "x", "--seed", "one"],
    ];
    for (const { exitCode, out, err } of await Promise.all(usages.map((args) => run(...args)))) {
      expect({ exitCode, out }).toEqual({ exitCode: 2, out: "" });
      expect(err).toMatch(/^error/);
    }
  });

  it("has recipes whose settings are valid", async () => {
    const recipes = ["travel", "atis", "wnut17"];
    const inspect = (recipe: string): Promise<Finished> =>
      run("inspect", "--config", recipe, "--data", "trips", "--json");
    for (const { exitCode, err } of await Promise.all(recipes.map(inspect))) {
      expect({ exitCode, err }).toEqual({ exitCode: 0, err: "" });
    }
  });
});
