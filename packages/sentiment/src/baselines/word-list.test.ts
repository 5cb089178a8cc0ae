import { type LabelledText } from "@timestep/data";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { trainWordList, wordListBaseline, wordListScore } from "./word-list.js";

const words = (text: string): string[] => text.split(" ");
const example = (text: string, label: string): LabelledText => ({
  text,
  label,
  where: { file: "x", line: 1 },
});

describe("wordListScore", () => {
  it("adds the published ratings, whatever the case", () => {
    expect(wordListScore(words("good"))).toBe(3);
    expect(wordListScore(words("Good and BAD"))).toBe(0);
    expect(wordListScore(words("an outstanding film"))).toBe(5);
    expect(wordListScore([])).toBe(0);
    expect(wordListScore(words("toString constructor __proto__"))).toBe(0);
  });

  it("takes phrases as one, cut into tokens as texts are", () => {
    expect(wordListScore(["not", "good"])).toBe(-2);
    expect(wordListScore(["I", "ca", "n't", "stand", "it"])).toBe(-3);
    expect(wordListScore(["ca", "n’t", "stand"])).toBe(-3);
    expect(wordListScore(["stand"])).toBe(0);
  });
});

describe("wordListBaseline", () => {
  it("puts a sum on a cut below it", () => {
    const { classify } = wordListBaseline(["neg", "neutral", "pos"], [-1, 0]);
    expect(["bad", "film", "good"].map((word) => classify([word]))).toEqual(["neg", "neutral", "pos"]);
    for (const cuts of [[0], [1, 0], []]) {
      expect(() => wordListBaseline(["a", "b", "c"], cuts)).toThrow("WORD_LIST_CUTS");
    }
  });
});

describe("trainWordList", () => {
  it("is right as often as the best of all cuts", () => {
    const labels = ["0", "1", "2"];
    const rated = ["bad", "so", "fine", "good", "outstanding"]; // -3, none, 2, 3, 5
    const any = fc.array(fc.tuple(fc.constantFrom(...rated), fc.constantFrom(...labels)), {
      minLength: 1,
      maxLength: 25,
    });
    fc.assert(
      fc.property(any, (pairs) => {
        const examples = pairs.map(([word, label]) => example(word, label));
        const right = (baseline: { classify: (tokens: string[]) => string }): number =>
          examples.filter(({ text, label }) => baseline.classify([text]) === label).length;
        let most = 0;
        for (let low = -4; low <= 5; low++) {
          for (let high = low; high <= 5; high++) {
            most = Math.max(most, right(wordListBaseline(labels, [low, high])));
          }
        }
        expect(right(trainWordList(examples, labels))).toBe(most);
      }),
    );
  });

  it("names a text whose label is not in the list", () => {
    expect(() => trainWordList([example("good", "odd")], ["a", "b"])).toThrow(
      'LABELLED_LABEL: x, line 1: the label "odd"',
    );
    expect(() => trainWordList([], ["a", "b"])).toThrow("DATA_EMPTY");
  });
});
