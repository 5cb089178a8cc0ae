import { describe, expect, it } from "vitest";
import { WordUnits } from "../segment/word-units.js";
import { type SentencePair } from "./parallel-corpus.js";
import { parallelFacts, unitFacts } from "./parallel-facts.js";

const where = { source: { file: "x", line: 1 }, target: { file: "x", line: 1 } };
const pairs = (...texts: readonly (readonly [string, string])[]): SentencePair[] =>
  texts.map(([source, target]) => ({ source, target, where }));

describe("parallelFacts", () => {
  const test = pairs(["the dog!", "le chien"], ["", "rien"]);
  const splits = {
    train: pairs(["The dog.", "le chien"], ["The dog.", "un chien"], ["a cat here", "un chat"]),
    test,
    test_2016: test,
    test_2017: pairs(["a bird", "un chat"]),
  };

  it("counts sentences, words and differences, each split once", () => {
    const facts = parallelFacts({ splits });
    expect([...facts.splits.keys()]).toEqual(["train", "test", "test_2017"]);
    const { source, target } = facts.splits.get("train") ?? {};
    expect(source).toEqual({ distinct: 2, empty: 0, units: 7, longest: 3 });
    expect(target).toEqual({ distinct: 3, empty: 0, units: 6, longest: 2 });
    expect(facts.splits.get("test")?.source.empty).toBe(1);
  });

  it("finds what splits share, whatever the case and marks; empty texts are nothing to share", () => {
    expect(parallelFacts({ splits: { ...splits, dev: pairs(["", "x"]) } }).overlaps).toEqual([
      { splits: ["train", "test"], source: 1, target: 1, pairs: 1 },
      { splits: ["train", "test_2017"], source: 0, target: 1, pairs: 0 },
      { splits: ["train", "dev"], source: 0, target: 0, pairs: 0 },
      { splits: ["test", "test_2017"], source: 0, target: 0, pairs: 0 },
      { splits: ["test", "dev"], source: 0, target: 0, pairs: 0 },
      { splits: ["test_2017", "dev"], source: 0, target: 0, pairs: 0 },
    ]);
  });

  it("judges lengths against the usual ratio of the two languages", () => {
    const even = Array.from({ length: 50 }, () => ["a a a a", "b b b b b b b b"] as const);
    const train = pairs(...even, ["a a a a a a a a", "b b"], ["a", "b b b b b b b"], ["a a", "b"]);
    const found = parallelFacts({ splits: { train } }).splits.get("train")?.outliers;
    expect(found?.map(({ source }) => source)).toEqual(["a a a a a a a a", "a"]);
  });

  it("measures in other units", () => {
    const { splits: found } = parallelFacts(
      { splits: { train: pairs(["我去", "I go"]) } },
      { source: (text) => [...text].length, target: () => 7 },
    );
    expect(found.get("train")?.source.units).toBe(2);
    expect(found.get("train")?.target.longest).toBe(7);
  });
});

describe("unitFacts", () => {
  it("counts units and unknown ones", () => {
    const words = WordUnits.learn(["a b"]);
    expect(unitFacts(words, ["a b c", "a"])).toEqual({ units: 4, longest: 3, unknown: 0.25 });
    expect(unitFacts(words, [])).toEqual({ units: 0, longest: 0, unknown: 0 });
  });
});
