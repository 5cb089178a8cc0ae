import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PAD, UNK } from "../text/vocabulary.js";
import { CharacterUnits } from "./character-units.js";
import { BOS, EOS, FIRST_UNIT, type Segmenter } from "./segmenter.js";
import { segmenterFromJSON } from "./segmenter-from-json.js";
import { Subwords } from "./subwords.js";
import { WordUnits } from "./word-units.js";

const texts = ["the dog sees the cat", "<unk> and </s> 中文", "the 👍"];
const all: [string, Segmenter][] = [
  ["words", WordUnits.learn(texts)],
  ["characters", CharacterUnits.learn(texts)],
  ["subwords", Subwords.learn(texts, { merges: 20 })],
];

describe.each(all)("%s", (kind, segmenter) => {
  it("gives known text back, written-out special symbols too", () => {
    for (const text of texts) {
      const ids = segmenter.encodeIds(text);
      expect(Math.min(...ids)).toBeGreaterThanOrEqual(FIRST_UNIT);
      expect(segmenter.decode([BOS, ...ids, EOS, PAD])).toBe(text);
    }
    expect(segmenter.decode([])).toBe("");
  });

  it("gives pieces that agree with ids, rise and lie in their words", () => {
    const unit = fc.constantFrom(..."the dogcat中文👍<>/ \tZ".split(""), "\u3000", "é");
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 25 }), (text) => {
        const pieces = segmenter.encode(text);
        expect(pieces.map(({ id }) => id)).toEqual(segmenter.encodeIds(text));
        let at = 0;
        for (const { start, end } of pieces) {
          expect(start).toBeGreaterThanOrEqual(at);
          expect(end).toBeGreaterThanOrEqual(start);
          at = end;
        }
        const copied = segmenter.decode(
          pieces.map(({ id }) => id),
          (place) => text.slice(pieces[place]?.start, pieces[place]?.end),
        );
        expect(copied).toBe((text.match(/\S+/gu) ?? []).join(" "));
        expect(pieces.at(-1)?.word ?? -1).toBe((text.match(/\S+/gu) ?? []).length - 1);
      }),
      { numRuns: 500 },
    );
  });

  it("comes back from JSON with the same ids", () => {
    const copy = segmenterFromJSON(JSON.parse(JSON.stringify(segmenter)));
    expect(copy.kind).toBe(kind);
    expect(copy.size).toBe(segmenter.size);
    expect(copy.encodeIds(texts.join(" "))).toEqual(segmenter.encodeIds(texts.join(" ")));
  });

  it("shows special ids in brackets and refuses those outside", () => {
    expect([PAD, UNK, BOS, EOS].map((id) => segmenter.show(id))).toEqual(["<pad>", "<unk>", "<s>", "</s>"]);
    expect(() => segmenter.decode([segmenter.size])).toThrow("SEGMENT_ID");
    expect(() => segmenter.decode([1.5])).toThrow("SEGMENT_ID");
  });
});

describe("units", () => {
  it("are the most frequent ones, ties in code unit order", () => {
    expect(WordUnits.learn(["b a c c"]).toJSON().units).toEqual(["c", "a", "b"]);
    expect(WordUnits.learn(["b a c c"], { maxSize: 2 }).toJSON().units).toEqual(["c", "a"]);
    expect(CharacterUnits.learn(["ab b"], { minCount: 2 }).toJSON().units).toEqual([" ", "b"]);
  });

  it.each([{ minCount: 0 }, { maxSize: 1.5 }])("refuse %j", (options) => {
    expect(() => WordUnits.learn(["a"], options)).toThrow("SEGMENT_OPTION");
  });

  it.each([
    ["nothing", null],
    ["another kind", { kind: "vocabulary", formatVersion: 1, units: ["a"] }],
    ["a later version", { kind: "words", formatVersion: 2, units: ["a"] }],
    ["numbers", { kind: "words", formatVersion: 1, units: [1] }],
    ["two words in one", { kind: "words", formatVersion: 1, units: ["a b"] }],
    ["a unit twice", { kind: "words", formatVersion: 1, units: ["a", "a"] }],
    ["two characters", { kind: "characters", formatVersion: 1, units: [" ", "ab"] }],
  ])("refuse %s from a file", (_name, value) => {
    expect(() => segmenterFromJSON(value)).toThrow("SEGMENT_FORMAT");
  });
});
