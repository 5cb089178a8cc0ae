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
