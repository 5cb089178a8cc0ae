import { seeded } from "@timestep/base";
import { startEngine } from "@timestep/engine";
import { MemoryStore } from "@timestep/training";
import { beforeAll, describe, expect, it } from "vitest";
import { treeLines } from "./classified.js";
import { SentimentClassifier } from "./classifier.js";
import { crossValidate } from "./cross-validation.js";
import { phrasesOf } from "./examples.js";
import { opinions, smallSettings } from "./fixtures/opinions.js";

const random = seeded(8);
const train = opinions(random, 120);
const test = opinions(random, 40);

beforeAll(() => startEngine({ engine: "wasm" }));

describe.each([
  ["sequence", smallSettings({ encoder: { pooling: "attention" } })],
  ["tree", smallSettings({ kind: "tree" })],
] as const)("a %s classifier", (kind, settings) => {
  it("learns what words alone do not tell, seed 1", async () => {
    const { classifier, outcome } = await SentimentClassifier.train(train, settings, { dev: test });
    const { metrics } = await classifier.evaluate(test);
    expect(metrics["accuracy"]).toBeGreaterThan(95);
    expect(outcome.weights).toBe("best");
    const store = new MemoryStore();
    await classifier.save(store);
    const loaded = await SentimentClassifier.load(store);
    expect(await loaded.classifyAll(["the song was not dull", "", "nothing known"])).toEqual(
      await classifier.classifyAll(["the song was not dull", "", "nothing known"]),
    );
    expect(await loaded.model.temperature()).toBe(await classifier.model.temperature());
    const said = await loaded.classify("the song was not dull");
    expect(said.tokens.map(({ text }) => text)).toEqual(["the", "song", "was", "not", "dull"]);
    expect(said.tokens.some(({ weight }) => weight !== 0)).toBe(true);
    expect(said.tokens.every(({ attention }) => (attention === undefined) === (kind === "tree"))).toBe(true);
    expect(Object.values(said.scores).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 6);
    expect(said.tree === undefined).toBe(kind === "sequence");
    if (said.tree !== undefined) {
      const lines = treeLines(said.text, said.tree);
      expect(lines).toHaveLength(9);
      expect(lines[0]).toContain(`${said.label ?? ""} ${said.confidence.toFixed(2)}  the song was not dull`);
    }
    classifier.dispose();
    loaded.dispose();
  });
});

describe("a classifier", () => {
  const made = (rest = {}) => SentimentClassifier.untrained(train, smallSettings({}, rest));

  it("says what it knows of an empty text: how frequent each label was, and no label", async () => {
    const said = await made().classify(" \n ");
    const positive = train.filter(({ label }) => label === "positive").length / train.length;
    expect(said).toMatchObject({ label: null, tokens: [], text: " \n " });
    expect(said.scores["positive"]).toBeCloseTo(positive, 6);
    expect(said.confidence).toBeCloseTo(Math.max(positive, 1 - positive), 6);
  });

  it("abstains below a confidence, from the settings or for one call", async () => {
    const classifier = made({ abstainBelow: 0.99 });
    const [said] = await classifier.classifyAll(["the film was bad"]);
    expect(said?.label).toBeNull();
    const [again] = await classifier.classifyAll(["the film was bad"], { abstainBelow: 0.1 });
    expect(again?.label).not.toBeNull();
    expect(again?.scores).toEqual(said?.scores);
  });

  it("reads head and tail of a megabyte, loses no word, and cares for nothing in between", async () => {
    const classifier = made();
    const middle = "word ".repeat(200_000);
    const [long, other] = await classifier.classifyAll([
      `bad ${middle}bad`,
      `bad ${middle.replace(/word/, "good")}bad`,
    ]);
    expect(long?.tokens).toHaveLength(200_002);
    expect(long?.tokens[0]?.weight).not.toBe(0);
    expect(long?.tokens.at(-1)?.weight).not.toBe(0);
    expect(long?.tokens[1000]?.weight).toBe(0);
    expect(long?.scores).not.toEqual(other?.scores); // the second word is in the head
    const far = `bad ${"word ".repeat(1000)}good ${"word ".repeat(1000)}bad`;
    const [one, two] = await classifier.classifyAll([far, far.replace("good", "word")]);
    expect(one?.scores).toEqual(two?.scores);
  });

  it("refuses texts it cannot learn from", async () => {
    const where = { file: "x.tsv", line: 3 };
    expect(() => SentimentClassifier.untrained([{ text: " ", label: "a", where }], smallSettings())).toThrow(
      "SENTIMENT_NO_EXAMPLES",
    );
    await expect(made().fit([{ text: "good", label: "new", where }])).rejects.toThrow("LABEL_UNKNOWN");
    const source = smallSettings({ vectors: { source: "glove" } });
    expect(() => SentimentClassifier.untrained(train, source)).toThrow("SENTIMENT_VECTORS");
  });

  it("fits a temperature above 1 where it is too sure of wrong labels", async () => {
    const noisy = train.map((example, index) =>
      index % 3 === 0
        ? { ...example, label: example.label === "positive" ? "negative" : "positive" }
        : example,
    );
    const settings = smallSettings(
      {},
      { phrases: false, training: { epochs: 20, batchSize: 10, averaging: 0 } },
    );
    const { classifier } = await SentimentClassifier.train(train, settings, { dev: noisy });
    expect(await classifier.model.temperature()).toBeGreaterThan(1.2);
    const { metrics } = await classifier.evaluate(noisy);
    expect(metrics["calibrationError"]).toBeLessThan(12);
  });
});

describe("phrasesOf", () => {
  it("gives every different labelled phrase once", () => {
    const phrases = phrasesOf(train, 1);
    const keys = phrases.map(({ text, label }) => `${label} ${text}`);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys).toContain("positive good");
    expect(keys.some((key) => key.startsWith(" "))).toBe(false);
    expect(phrasesOf(train, 2).some(({ text }) => text === "good")).toBe(false);
  });
});

describe("crossValidate", () => {
  it("scores every part by a network that did not learn from it", async () => {
    const settings = smallSettings({ kind: "tree" }, { folds: 3 });
    const rounds: number[] = [];
    const found = await crossValidate(train, settings, { onRound: (round) => rounds.push(round) });
    expect(rounds).toEqual([1, 2, 3]);
    expect(found.rounds).toHaveLength(3);
    const values = found.rounds.map(({ accuracy }) => accuracy as number);
    const mean = values.reduce((sum, value) => sum + value, 0) / 3;
    expect(found.mean["accuracy"]).toBeCloseTo(mean, 9);
    expect(mean).toBeGreaterThan(80);
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 2;
    expect(found.spread["accuracy"]).toBeCloseTo(Math.sqrt(variance), 9);
  });
});
