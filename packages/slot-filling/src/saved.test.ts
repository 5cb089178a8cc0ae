import { DataError } from "@timestep/base";
import { cellKinds } from "@timestep/core";
import { startEngine } from "@timestep/engine";
import { beforeAll, describe, expect, it } from "vitest";
import { inventedNames, tinySettings, trips } from "./fixtures/trips.js";
import { seeded } from "@timestep/base";
import { leastModelValues, savedFromJson, savedToJson, type SavedVocabulary } from "./saved.js";
import { SlotTagger } from "./tagger.js";

const examples = trips(seeded(1), 10, inventedNames(seeded(2), 4));
const vectors = { words: ["trip", "leave"], dimension: 3, values: new Float32Array(6) };

beforeAll(() => startEngine({ engine: "wasm" }));

const savedOf = ({ vocabulary, baseline, model }: SlotTagger): SavedVocabulary => ({
  vocabulary,
  baseline,
  vectorSize: model.vectorSize,
});

describe("savedFromJson", () => {
  const through = (saved: SavedVocabulary): unknown => JSON.parse(JSON.stringify(savedToJson(saved)));

  it("gives back what savedToJson took, with and without vectors", () => {
    for (const given of [undefined, vectors]) {
      const saved = savedOf(SlotTagger.untrained(examples, tinySettings(), given));
      expect(savedFromJson(through(saved))).toEqual(saved);
    }
  });

  it("reads a run without a baseline", () => {
    const saved = through(savedOf(SlotTagger.untrained(examples, tinySettings()))) as object;
    expect(savedFromJson({ ...saved, baseline: undefined }).baseline).toEqual({ tags: {}, intent: null });
  });

  it.each<[string, object]>([
    ["vectors of no length", { vectorSize: 0 }],
    ["vectors of a length in words", { vectorSize: "3" }],
    ["vectors of no whole length", { vectorSize: 2.5 }],
    ["vectors of an endless length", { vectorSize: 1e300 }],
    ["no length of vectors", { vectorSize: null }],
    ["a baseline that is null", { baseline: null }],
    ["a baseline without tags", { baseline: { intent: null } }],
    ["a baseline with a list of tags", { baseline: { tags: ["B-a"], intent: null } }],
    ["a baseline with numbers for tags", { baseline: { tags: { a: 1 }, intent: null } }],
    ["a baseline with a tag of no scheme", { baseline: { tags: { a: "city" }, intent: null } }],
    ["a baseline with a number for the intent", { baseline: { tags: {}, intent: 3 } }],
  ])("refuses %s", (_, change) => {
    const saved = through(savedOf(SlotTagger.untrained(examples, tinySettings(), vectors))) as object;
    const act = (): unknown => savedFromJson({ ...saved, ...change });
    expect(act).toThrow(DataError);
    expect(act).toThrow(expect.objectContaining({ code: "VOCAB_FORMAT" }));
  });
});

describe("leastModelValues", () => {
  it.each(cellKinds)("is no more than any model of %s has", (cell) => {
    for (const [kind, given] of [
      ["lstm", vectors],
      ["cnn", undefined],
      ["none", vectors],
    ] as const) {
      const settings = tinySettings({
        words: { size: 1 },
        characters: { kind, size: 1, outputSize: 2 },
        caseSize: 1,
        encoder: { cell, hiddenSize: 16, layers: 3, bidirectional: false },
        intent: false,
      });
      const tagger = SlotTagger.untrained(examples, settings, given);
      const values = tagger.model.parameters().reduce((total, { variable }) => total + variable.size, 0);
      const least = leastModelValues(savedOf(tagger), settings.model);
      expect(least).toBeLessThanOrEqual(values);
      expect(least).toBeGreaterThan(0);
      tagger.dispose();
    }
  });

  it.each<[string, Parameters<typeof tinySettings>[0]]>([
    ["units", { encoder: { hiddenSize: 1_000_000_000 } }],
    ["layers", { encoder: { hiddenSize: 8, layers: 1_000_000 } }],
    ["word vectors", { words: { size: 1_000_000_000 } }],
    ["character vectors", { characters: { size: 1_000_000_000 } }],
    ["character features", { characters: { size: 4, outputSize: 1_000_000_000 } }],
    ["case vectors", { caseSize: 1_000_000_000 }],
  ])("grows with %s", (_, model) => {
    const saved = savedOf(SlotTagger.untrained(examples, tinySettings()));
    expect(leastModelValues(saved, tinySettings(model).model)).toBeGreaterThan(1_000_000);
  });
});
