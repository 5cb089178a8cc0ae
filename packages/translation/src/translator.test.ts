import { seeded } from "@timestep/base";
import { startEngine } from "@timestep/engine";
import { expectNoLeaks } from "@timestep/testing";
import { MemoryStore } from "@timestep/training";
import { beforeAll, describe, expect, it } from "vitest";
import { fewPairs, tinySettings } from "./fixtures/digits.js";
import { leastModelValues } from "./saved.js";
import { type PartialTranslationSettings, translationSettings } from "./settings.js";
import { Translator } from "./translator.js";

beforeAll(() => startEngine());

const untrained = (model: PartialTranslationSettings["model"] = {}, more: PartialTranslationSettings = {}) =>
  Translator.untrained(
    fewPairs,
    translationSettings.parse({ ...tinySettings, ...more, model: { ...tinySettings.model, ...model } }),
  );

describe("Translator", () => {
  it.each<[string, PartialTranslationSettings["model"]]>([
    ["additive, fed back", {}],
    ["dot", { attention: { kind: "dot" }, encoder: { hiddenSize: 24 }, decoder: { hiddenSize: 48 } }],
    ["general, before", { attention: { kind: "general", attend: "before" } }],
    ["location with coverage", { attention: { kind: "location", coverage: true } }],
    [
      "deep and residual",
      { encoder: { layers: 2, hiddenSize: 8 }, decoder: { layers: 2, hiddenSize: 16, residual: true } },
    ],
    [
      "lstm, zero state",
      {
        encoder: { cell: "lstm", hiddenSize: 16 },
        decoder: { cell: "lstm", hiddenSize: 24, initialState: "zero" },
      },
    ],
    [
      "plain, reversed",
      {
        attention: { kind: "none" },
        encoder: { bidirectional: false, reversed: true, hiddenSize: 32 },
        decoder: { hiddenSize: 32, initialState: "last" },
      },
    ],
    ["tied output", { embedding: { tied: "output" } }],
  ])("learns a little with %s, and is the same after it was loaded", async (_, model) => {
    const translator = untrained(model, {
      selectBy: "loss",
      training: { ...tinySettings.training, epochs: 2, maxTokens: 200 },
    });
    const before = (await translator.forcedLoss(fewPairs)).loss;
    const store = new MemoryStore("run");
    await translator.fit(fewPairs, { dev: fewPairs.slice(0, 4), store });
    expect((await translator.forcedLoss(fewPairs)).loss).toBeLessThan(before);
    const loaded = await Translator.load(store);
    expect(await loaded.forcedLoss(fewPairs)).toEqual(await translator.forcedLoss(fewPairs));
    for (const made of [translator, loaded]) made.dispose();
  });

  it("refuses to answer with one of other units, and sides that cannot share vectors", async () => {
    const [one, other] = [untrained(), untrained({}, { source: { unit: "characters", minCount: 1 } })];
    await expect(one.translate("1", { with: [other] })).rejects.toThrow("ENSEMBLE_UNITS");
    expect(() => untrained({ embedding: { tied: "all" } })).toThrow(/TRANSLATION_TIED: .*words and words/);
    expect(() => Translator.untrained([], one.settings)).toThrow("TRANSLATION_NO_PAIRS");
    for (const made of [one, other]) made.dispose();
  });

  it("refuses a penalty on coverage before it learns without attention", () => {
    const plain = { attention: { kind: "none" } } as const;
    expect(() => untrained(plain, { search: { coveragePenalty: 0.2 } })).toThrow("TRANSLATION_COVERAGE");
  });

  it("puts no gaps for unknown words where one of several does not look", async () => {
    const [one, plain] = [untrained(), untrained({ attention: { kind: "none" } })];
    const [both] = await one.translateAll(["1 2 3"], { with: [plain] });
    const [asked] = await one.translateAll(["1 2 3"], { with: [plain], replaceUnknown: true, align: true });
    expect(asked).toEqual(both);
    for (const made of [one, plain]) made.dispose();
  });

  it("gives drawn translations best first", async () => {
    const translator = untrained();
    const sample = { temperature: 1, random: seeded(3) };
    const { nbest, translation } = await translator.translate("1 2 3", { sample, nBest: 6 });
    const scores = nbest.map(({ score }) => score);
    expect(new Set(scores).size).toBeGreaterThan(1);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    expect(translation).toBe(nbest[0]?.text);
    translator.dispose();
  });

  it("copies a character for an unknown one, not the text between two blanks", async () => {
    const units = { source: { unit: "characters", minCount: 1 } } as const;
    const translator = untrained({}, units);
    const copied = await translator.translate("123456 7", { replaceUnknown: true, align: true });
    const unknownPlaces = copied.translation.split(" ").filter((word) => word.length > 1);
    expect(unknownPlaces).toEqual([]);
    translator.dispose();
  });

  it("shares one table between encoder, decoder and output when asked", () => {
    const subwords = {
      source: { unit: "subwords", minCount: 1 },
      target: { unit: "subwords", minCount: 1 },
    } as const;
    const all = untrained({ embedding: { size: 16, tied: "all" } }, subwords);
    const paths = all.model.parameters().map(({ path }) => path);
    expect(paths.filter((path) => path.endsWith("table") || path.endsWith("outputTable"))).toEqual([
      "embedding.table",
    ]);
    all.dispose();
  });

  it("leaves no tensor behind", async () => {
    const translator = untrained();
    await expectNoLeaks(async () => {
      await translator.translateAll(["1 2 3", "4"], { align: true, nBest: 2 });
      await translator.forcedLoss(fewPairs.slice(0, 5));
    });
    translator.dispose();
  });

  it("has at least the weights that its settings promise", () => {
    for (const tied of ["none", "output"] as const) {
      const translator = untrained({ embedding: { tied } });
      const values = translator.model.parameters().reduce((total, { variable }) => total + variable.size, 0);
      const least = leastModelValues(translator.sides, translator.settings.model);
      expect(least).toBeLessThanOrEqual(values);
      expect(least).toBeGreaterThan(1000);
      translator.dispose();
    }
  });

  it("refuses a run whose vocabulary is damaged", async () => {
    const translator = untrained();
    const store = new MemoryStore("run");
    await translator.save(store);
    for (const damaged of [
      "{}",
      "3",
      '{"from":"en","to":"de","source":{"kind":"pictures"},"target":"source"}',
    ]) {
      await store.write("vocab.json", damaged);
      await expect(Translator.load(store)).rejects.toThrow(/VOCAB_FORMAT|SEGMENT_FORMAT/);
    }
    translator.dispose();
  });
});
