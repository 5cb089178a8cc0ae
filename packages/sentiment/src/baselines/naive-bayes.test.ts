import { type LabelledText } from "@timestep/data";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { trainNaiveBayes } from "./naive-bayes.js";
import { NgramFeatures } from "./ngram-features.js";

const example = (tokens: readonly string[], label: string): LabelledText => ({
  text: tokens.join(" "),
  tokens,
  label,
  where: { file: "x", line: 1 },
});

describe("NgramFeatures", () => {
  it("are the different words and pairs of a text, letters small", () => {
    const features = new NgramFeatures();
    expect([...features.learn(["So", "so", "so", "good"])]).toEqual([0, 1, 2, 3]); // so, so so, good, so good
    expect(features.size).toBe(4);
    expect([...features.find(["good", "SO", "far"])]).toEqual([2, 0]);
    expect(features.size).toBe(4);
    expect(new NgramFeatures(1).learn(["a", "b", "a"])).toHaveLength(2);
    expect(features.find([])).toHaveLength(0);
  });
});

describe("naive Bayes", () => {
  it("agrees with a case worked by hand", () => {
    // Features: good, film, "good film" | bad, "bad film". Counts of yes: 3, of no: 4; both gain 5 by smoothing.
    const baseline = trainNaiveBayes([
      example(["good", "film"], "yes"),
      example(["bad", "film"], "no"),
      example(["bad"], "no"),
    ]);
    // film alone: yes 1/3 · 2/8 = 0.0833; no 2/3 · 2/9 = 0.148.
    expect(baseline.classify(["film"])).toBe("no");
    // good: yes 1/3 · 2/8 = 0.0833; no 2/3 · 1/9 = 0.0741.
    expect(baseline.classify(["good"])).toBe("yes");
    expect(baseline.classify(["unseen"])).toBe("no"); // the prior decides
    expect(() => trainNaiveBayes([])).toThrow("DATA_EMPTY");
  });

  it("gives the label that counting from scratch gives", () => {
    const token = fc.constantFrom("a", "b", "c", "toString");
    const text = fc.array(token, { maxLength: 4 });
    const corpus = fc.array(fc.tuple(text, fc.constantFrom("x", "y")), { minLength: 1, maxLength: 12 });
    const ngrams = (tokens: readonly string[]): Set<string> =>
      new Set([...tokens, ...tokens.slice(1).map((next, index) => `${tokens[index] as string} ${next}`)]);
    fc.assert(
      fc.property(corpus, text, (pairs, query) => {
        const vocabulary = new Set(pairs.flatMap(([tokens]) => [...ngrams(tokens)]));
        const score = (label: string): number => {
          const own = pairs.filter(([, each]) => each === label).map(([tokens]) => ngrams(tokens));
          const total = own.reduce((sum, set) => sum + set.size, 0) + vocabulary.size;
          let value = Math.log(own.length / pairs.length);
          for (const feature of ngrams(query)) {
            if (vocabulary.has(feature)) {
              value += Math.log((own.filter((set) => set.has(feature)).length + 1) / total);
            }
          }
          return value;
        };
        const margin = score("x") - score("y");
        if (Math.abs(margin) < 1e-4) return; // a tie, up to rounding
        const said = trainNaiveBayes(pairs.map(([tokens, label]) => example(tokens, label))).classify(query);
        expect(said).toBe(margin > 0 ? "x" : "y");
      }),
    );
  });
});
