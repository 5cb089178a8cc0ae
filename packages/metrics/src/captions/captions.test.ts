import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { captionScores } from "./caption-scores.js";
import { captionTokens } from "./caption-tokens.js";
import { captionVariety } from "./caption-variety.js";
import { CiderScorer } from "./cider.js";
import { longestCommonSubsequence, rougeL } from "./rouge.js";

const words = (text: string) => text.split(" ");

const REFERENCES = [
  ["the man is playing a guitar", "a man is playing a guitar"],
  ["a woman is slicing cucumbers", "the woman is slicing cucumbers", "a woman is cutting cucumbers"],
  ["a dog runs on the grass with a red ball in its mouth", "two dogs play on the grass", "a dog runs"],
];
const CAPTIONS = ["man is playing guitar", "a woman is cutting vegetables", "a dog a dog runs on grass"];

describe("captionScores", () => {
  // Expected numbers by a separate program of 50 lines, written from the papers' formulas over dictionaries of n-grams.
  it("agrees with an independent computation of every score", () => {
    const scores = captionScores(REFERENCES, CAPTIONS);
    expect(scores.bleu1).toBeCloseTo(82.19864299617913, 6);
    expect(scores.bleu2).toBeCloseTo(68.93407284161032, 6);
    expect(scores.bleu3).toBeCloseTo(60.659406792924266, 6);
    expect(scores.bleu4).toBeCloseTo(49.47328597494976, 6);
    const rouge = [77.21518987341773, 80, 85.91549295774648];
    const cider = [442.22450393441164, 367.1433709953826, 187.91990637179737];
    for (const [image, each] of scores.images.entries()) {
      expect(each.rougeL).toBeCloseTo(rouge[image] as number, 8);
      expect(each.ciderD).toBeCloseTo(cider[image] as number, 8);
    }
    expect(scores.rougeL).toBeCloseTo(rouge.reduce((sum, value) => sum + value) / 3, 8);
    expect(scores.ciderD).toBeCloseTo(cider.reduce((sum, value) => sum + value) / 3, 8);
    expect(scores.signature).toBe("nrefs:var|tok:ptb|beta:1.2|sigma:6|version:timestep.1");
  });

  it("tokenises unless told not to", () => {
    const plain = captionScores([["A dog, running."], ["a cat"]], ["a dog running!", "A cat."]);
    expect(plain.bleu2).toBeCloseTo(100, 5);
    const given = captionScores([["A dog, running."], ["a cat"]], ["a dog running!", "A cat."], {
      tokenizer: "none",
    });
    expect(given.bleu1).toBeLessThan(1e-4);
    expect(given.signature).toContain("tok:none");
  });

  it("scores empty captions near 0", () => {
    const scores = captionScores([["a dog"], ["a cat"]], ["", "."]);
    expect(scores.bleu1).toBeLessThan(1e-4);
    expect(scores).toMatchObject({ rougeL: 0, ciderD: 0 });
  });

  it("refuses what it cannot score", () => {
    expect(() => captionScores([], [])).toThrow("METRIC_EMPTY");
    expect(() => captionScores([["a"]], [])).toThrow("METRIC_LENGTH");
    expect(() => captionScores([["a"], []], ["a", "b"])).toThrow("METRIC_REFERENCE: image 2");
  });
});

describe("CiderScorer", () => {
  const scorer = new CiderScorer(REFERENCES.map((texts) => texts.map(words)));

  it("gives 10 to the only reference of an image with words of its own, 0 to words that all images have", () => {
    const own = new CiderScorer([[words("one two three four five")], [words("six seven eight nine ten")]]);
    expect(
      own.score(own.prepare([words("one two three four five")]), words("one two three four five")),
    ).toBeCloseTo(10);
    const common = new CiderScorer([[words("a b c d e")], [words("a b c d e")]]);
    expect(common.score(common.prepare([words("a b c d e")]), words("a b c d e"))).toBe(0);
  });

  it("agrees with a case worked by hand", () => {
    // Two images; log 2 for every n-gram that one of them has, log 2 − log 2 = 0 for "a", which both have.
    const two = new CiderScorer([[words("a red bus")], [words("a cat")]]);
    // Against "a red bus", "red bus": unigrams red, bus in both (cosine 1), bigram "red bus" of ["a red", "red bus"]
    // (1/√2), no longer n-grams; one pair of neighbours against two.
    const expected = ((10 / 4) * (1 + 1 / Math.SQRT2)) / Math.exp(1 / 72);
    expect(two.score(two.prepare([words("a red bus")]), words("red bus"))).toBeCloseTo(expected, 12);
  });

  it("clips repeated words, so that repeating what scores does not pay", () => {
    const references = scorer.prepare((REFERENCES[2] as string[]).map(words));
    const once = scorer.score(references, words("a dog runs"));
    expect(scorer.score(references, words("a dog runs a dog runs a dog runs"))).toBeLessThan(once);
  });

  it("keeps nothing of the captions it scores", () => {
    const references = scorer.prepare((REFERENCES[0] as string[]).map(words));
    const before = scorer.score(references, words("a man plays an electric guitar"));
    for (let round = 0; round < 50; round++)
      scorer.score(references, words(`w${round} x${round} a man y${round}`));
    expect(scorer.score(references, words("a man plays an electric guitar"))).toBe(before);
  });

  it("takes identities of words as well as words", () => {
    const ids = new CiderScorer([[[1, 2, 3, 4]], [[5, 6]]]);
    const texts = new CiderScorer([[words("a b c d")], [words("e f")]]);
    expect(ids.score(ids.prepare([[1, 2, 3, 4]]), Int32Array.of(2, 3, 9))).toBe(
      texts.score(texts.prepare([words("a b c d")]), words("b c z")),
    );
  });

  it("needs images and references", () => {
    expect(() => new CiderScorer([])).toThrow("METRIC_EMPTY");
    expect(() => scorer.prepare([])).toThrow("METRIC_REFERENCE");
  });
});

describe("rougeL", () => {
  it("takes the best precision and the best recall, each from its own reference", () => {
    // "a b x": 2/3 of it in "a b c d" (recall 2/4), 1/3 in "x" (recall 1).
    const [precision, recall] = [2 / 3, 1];
    const expected = (100 * 2.44 * precision * recall) / (recall + 1.44 * precision);
    expect(rougeL([words("a b c d"), ["x"]], words("a b x"))).toBeCloseTo(expected, 12);
    expect(rougeL([["a"]], ["a"])).toBe(100);
    expect(rougeL([["a"]], [])).toBe(0);
    expect(() => rougeL([], ["a"])).toThrow("METRIC_REFERENCE");
  });

  it("finds the longest common subsequence that trying all finds", () => {
    const list = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 7 });
    const subsequences = (text: string[]): string[] =>
      text.reduce<string[]>((found, word) => [...found, ...found.map((start) => start + word)], [""]);
    fc.assert(
      fc.property(list, list, (a, b) => {
        const ofB = new Set(subsequences(b));
        const common = subsequences(a).filter((text) => ofB.has(text));
        expect(longestCommonSubsequence(a, b)).toBe(Math.max(...common.map((text) => text.length)));
      }),
    );
  });
});

describe("captionTokens", () => {
  it.each([
    ["A man's dog doesn't jump, it sits.", "a man 's dog does n't jump it sits"],
    ["Two dogs' toys; the boys' “ball” -- red!", "two dogs toys the boys ball red"],
    [
      "A black-and-white t-shirt for $3.50 at 10:30 a.m.",
      "a black-and-white t-shirt for $ 3.50 at 10:30 a.m.",
    ],
    [
      "He can't, won't and cannot: they’re gonna stop...",
      "he ca n't wo n't and can not they 're gon na stop",
    ],
    ["The U.S. flag (old) & 50% off", "the u.s. flag -lrb- old -rrb- & 50 % off"],
    ["Mr. Smith at 5 o'clock - café", "mr. smith at 5 o'clock café"],
    [" . ", ""],
  ])("splits %j", (caption, expected) => {
    expect(captionTokens(caption).join(" ")).toBe(expected);
  });
});

describe("captionVariety", () => {
  it("counts repeated and copied captions by their words", () => {
    expect(captionVariety(["A dog.", "a dog", "A red bus", "a cat"], ["a red bus!", "a bird"])).toEqual({
      distinct: 75,
      copied: 25,
      vocabulary: 5,
      meanLength: 2.25,
    });
    expect(() => captionVariety([], ["a"])).toThrow("METRIC_EMPTY");
  });
});
