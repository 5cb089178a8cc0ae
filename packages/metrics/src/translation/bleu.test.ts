import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bleuFromCounts } from "./bleu-score.js";
import { bleu, bleuCounts, type BleuOptions, formatBleu, sentenceBleu } from "./bleu.js";

// Texts and scores of sacreBLEU 2's own tests (test/test_bleu.py, test/test_sentence_bleu.py) unless a case says otherwise.
const HYPOTHESES = ["The dog bit the man.", "It wasn't surprising.", "The man had just bitten him."];
const REFERENCES = [
  ["The dog bit the man.", "The dog had bit the man."],
  ["It was not unexpected.", "No one was surprised."],
  ["The man bit him first.", "The man had bitten the dog."],
];

describe("bleu", () => {
  it.each<[BleuOptions, number]>([
    [{}, 48.530827],
    [{ tokenizer: "none" }, 49.1919566],
    [{ tokenizer: "13a" }, 48.530827],
    [{ tokenizer: "intl" }, 43.91623493],
    [{ smoothing: "none" }, 48.530827],
  ])("scores sacreBLEU's example with %o as %f", (options, expected) => {
    expect(bleu(REFERENCES, HYPOTHESES, options).bleu).toBeCloseTo(expected, 6);
  });

  it("prints its parts as sacreBLEU's documentation shows them", () => {
    const score = bleu(REFERENCES, HYPOTHESES);
    expect(score).toMatchObject({ hypothesisLength: 17, referenceLength: 18, totals: [17, 14, 11, 8] });
    expect(formatBleu(score)).toBe(
      `BLEU|${score.signature} = 48.53 82.4/50.0/45.5/37.5 (BP = 0.943 ratio = 0.944 hyp_len = 17 ref_len = 18)`,
    );
  });

  it.each<[string, string, BleuOptions, number]>([
    ["this is a test", "this is a test", { smoothing: "floor", smoothingValue: 0.01 }, 100],
    ["this is a test", "this is a fest", { smoothing: "floor", smoothingValue: 0.01 }, 22.3606797749979],
    ["a test", "test", { smoothing: "floor", smoothingValue: 0.01, effectiveOrder: true }, 36.78794411714425],
    ["a test", "a test", { effectiveOrder: true }, 100],
    [
      "a test",
      "a little test",
      { smoothing: "floor", smoothingValue: 0.01, effectiveOrder: true },
      3.218297948685433,
    ],
  ])("scores %j against %j with %o", (reference, hypothesis, options, expected) => {
    expect(bleu([[reference]], [hypothesis], { tokenizer: "none", ...options }).bleu).toBeCloseTo(
      expected,
      8,
    );
  });

  it("counts empty hypotheses and leaves empty references out", () => {
    expect(bleu(REFERENCES, ["", "", ""])).toMatchObject({ bleu: 0, brevityPenalty: 0, hypothesisLength: 0 });
    const some = bleu([["a b c d", ""], ["e f"]], ["a b c d", ""], { tokenizer: "none" });
    expect(some).toMatchObject({ hypothesisLength: 4, referenceLength: 6 });
    expect(some.bleu).toBeCloseTo(100 * Math.exp(1 - 6 / 4), 10);
    expect(some.signature).toContain("nrefs:1|");
    expect(bleu([["a", "b"], ["c"]], ["a", "c"]).signature).toContain("nrefs:var|");
  });

  it("takes the closest reference length, of two as close the shorter", () => {
    const words = (count: number) => new Array<string>(count).fill("w").join(" ");
    const length = (references: number[], hypothesis: number) =>
      bleu([references.map(words)], [words(hypothesis)], { tokenizer: "none" }).referenceLength;
    expect(length([3, 8, 6], 7)).toBe(6);
    expect(length([6, 8], 7)).toBe(6);
    expect(length([2, 9], 7)).toBe(9);
  });

  it("clips matches at the reference that has most of an n-gram, not at their sum", () => {
    const score = bleu([["the cat the", "the mat"]], ["the the the the"], { tokenizer: "none" });
    expect(score.matches).toEqual([2, 0, 0, 0]);
  });

  it("names its settings", () => {
    const signature = (options: BleuOptions) => bleu(REFERENCES, HYPOTHESES, options).signature;
    expect(signature({})).toBe("nrefs:2|case:mixed|eff:no|tok:13a|smooth:exp|version:timestep.1");
    expect(
      signature({ lowercase: true, tokenizer: "zh", smoothing: "floor", effectiveOrder: true, maxOrder: 2 }),
    ).toBe("nrefs:2|case:lc|eff:yes|tok:zh|smooth:floor[0.10]|order:2|version:timestep.1");
    expect(signature({ smoothing: "add-k", smoothingValue: 2 })).toContain("smooth:add-k[2.00]|");
  });

  it("refuses what it cannot score", () => {
    expect(() => bleu([], [])).toThrow("METRIC_EMPTY");
    expect(() => bleu([["a"]], [])).toThrow("METRIC_LENGTH: 1 gold sentences but 0 predicted ones");
    expect(() => bleu([["a"], [""]], ["a", "b"])).toThrow("METRIC_REFERENCE: sentence 2 has no reference");
    expect(() => bleu([["a"]], ["a"], { tokenizer: "moses" as "13a" })).toThrow("METRIC_TOKENIZER");
    expect(() => bleu([["a"]], ["a"], { smoothing: "exp2" as "exp" })).toThrow("METRIC_SMOOTHING");
    expect(() => bleu([["a"]], ["a"], { smoothing: "floor", smoothingValue: -1 })).toThrow(
      "METRIC_SMOOTHING",
    );
    expect(() => bleu([["a"]], ["a"], { maxOrder: 0 })).toThrow("METRIC_ORDER");
  });
});

describe("sentenceBleu", () => {
  const reference = "producţia de zahăr brut se exprimă în zahăr alb;";
  const hypothesis = "Producția de zahăr primă va fi exprimată în ceea ce privește zahărul alb;";

  it.each<[BleuOptions, number]>([
    [{}, 8.493],
    [{ smoothing: "none" }, 0],
    [{ smoothing: "floor" }, 4.51688],
    [{ smoothing: "floor", smoothingValue: 0.5 }, 10.1],
    [{ smoothing: "add-k" }, 14.882],
    [{ smoothing: "add-k", smoothingValue: 2 }, 21.389],
    [{ tokenizer: "none" }, 7.347],
    [{ tokenizer: "intl" }, 8.493],
    [{ tokenizer: "char" }, 40.8759],
    [{ tokenizer: "char", lowercase: true }, 42.0267],
  ])("scores a Romanian sentence with %o as %f", (options, expected) => {
    expect(Math.abs(sentenceBleu([reference], hypothesis, options).bleu - expected)).toBeLessThan(1e-3);
  });

  it.each<BleuOptions>([{}, { smoothing: "none" }, { smoothing: "floor" }, { smoothing: "add-k" }])(
    "is 0 without any match, with %o",
    (options) => {
      expect(sentenceBleu(["okay thanks"], "this is a cat", options).bleu).toBe(0);
    },
  );
});

describe("bleuFromCounts", () => {
  const counts = (
    matches: number[],
    totals: number[],
    hypothesisLength: number,
    referenceLength: number,
  ) => ({
    matches,
    totals,
    hypothesisLength,
    referenceLength,
  });

  it("scores counts as sacreBLEU's tests do", () => {
    const score = bleuFromCounts(counts([9, 7, 5, 3], [10, 8, 6, 4], 11, 11));
    expect(score.bleu).toBeCloseTo(83.75922397, 8);
    const floor = (value: number) => ({ smoothing: "floor", smoothingValue: value }) as const;
    expect(bleuFromCounts(counts([0, 0, 0, 0], [4, 4, 2, 1], 0, 1), floor(0)).bleu).toBe(0);
    expect(bleuFromCounts(counts([0, 0, 0, 0], [10, 11, 12, 0], 14, 10), floor(0)).bleu).toBe(0);
    expect(bleuFromCounts(counts([6, 5, 4, 0], [6, 5, 4, 3], 6, 6), floor(0)).bleu).toBe(0);
    expect(bleuFromCounts(counts([0, 0, 0, 0], [0, 0, 0, 0], 0, 0), floor(0.1)).bleu).toBe(0);
    expect(bleuFromCounts(counts([0, 0, 0, 0], [0, 0, 0, 0], 1, 5), floor(0.01)).bleu).toBe(0);
  });
});

describe("bleuCounts", () => {
  const text = fc.array(fc.constantFrom("a", "b", "c", "d"), { minLength: 1, maxLength: 9 });

  /** The definition, with n-grams as joined strings. */
  function countedPlainly(references: string[][], hypothesis: string[], maxOrder: number) {
    const grams = (words: string[], order: number) =>
      words.slice(order - 1).map((_, start) => words.slice(start, start + order).join(" "));
    const times = (list: string[], gram: string) => list.filter((other) => other === gram).length;
    const matches = Array.from({ length: maxOrder }, (_, index) => {
      const found = grams(hypothesis, index + 1);
      const most = (gram: string) =>
        Math.max(...references.map((words) => times(grams(words, index + 1), gram)));
      return [...new Set(found)].reduce((sum, gram) => sum + Math.min(times(found, gram), most(gram)), 0);
    });
    return { matches, totals: matches.map((_, index) => Math.max(0, hypothesis.length - index)) };
  }

  it("agrees with plain counting on any sentences, one after another", () => {
    const sentence = fc.tuple(fc.array(text, { minLength: 1, maxLength: 3 }), text);
    fc.assert(
      fc.property(
        fc.array(sentence, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 6 }),
        (pairs, maxOrder) => {
          const counted = bleuCounts(
            pairs.map(([references]) => references.map((words) => words.join(" "))),
            pairs.map(([, hypothesis]) => hypothesis.join(" ")),
            { tokenizer: "none", maxOrder },
          );
          for (const [index, [references, hypothesis]] of pairs.entries()) {
            expect(counted[index]).toMatchObject(countedPlainly(references, hypothesis, maxOrder));
          }
        },
      ),
    );
  });

  it("counts long sentences, which need more room than the first", () => {
    const long = Array.from({ length: 3000 }, (_, index) => `w${index % 1000}`).join(" ");
    const [counts, short] = bleuCounts([[long], ["a b"]], [long, "a b"], { tokenizer: "none" });
    expect(counts?.matches).toEqual([3000, 2999, 2998, 2997]);
    expect(short?.matches).toEqual([2, 1, 0, 0]);
  });
});
