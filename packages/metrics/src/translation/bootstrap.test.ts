import { seeded } from "@timestep/base";
import { describe, expect, it } from "vitest";
import { addBleuCounts, type BleuCounts } from "./bleu-counts.js";
import { bleuFromCounts } from "./bleu-score.js";
import { bleu, bleuCounts } from "./bleu.js";
import { pairedBootstrap } from "./bootstrap.js";

const share = (sentences: readonly number[]) =>
  (100 * sentences.reduce((sum, value) => sum + value, 0)) / sentences.length;

/** Right in `right` of `count` sentences, spread evenly. */
const system = (right: number, count: number) =>
  Array.from({ length: count }, (_, index) => ((index * 7919) % count < right ? 1 : 0));

describe("pairedBootstrap", () => {
  it("gives a share's interval as the binomial distribution has it", () => {
    const { baseline } = pairedBootstrap(system(80, 100), system(80, 100), share, { random: seeded(3) });
    // The 2.5 % and 97.5 % points of Binomial(100, 0.8) are 72 and 87; its mean is 80.
    expect(baseline.score).toBe(80);
    expect(Math.abs(baseline.mean - 80)).toBeLessThan(0.5);
    expect(Math.abs(baseline.low - 72)).toBeLessThanOrEqual(1);
    expect(Math.abs(baseline.high - 87)).toBeLessThanOrEqual(1);
  });

  it("tells a clear difference from none", () => {
    const options = { random: seeded(3), samples: 500 };
    expect(pairedBootstrap(system(50, 100), system(80, 100), share, options).pValue).toBe(1 / 501);
    expect(pairedBootstrap(system(80, 100), system(80, 100), share, options).pValue).toBe(1);
    const close = pairedBootstrap(system(80, 100), system(80, 100).toReversed(), share, options);
    expect(close.difference).toBe(0);
    expect(close.pValue).toBe(1);
  });

  it("resamples BLEU from counts of sentences, the same for the same seed", () => {
    const references = [["a b c d e"], ["f g h i j"], ["k l m n o"], ["p q r s t"]];
    const worse = ["a b c d x", "f g h i j", "k x m n o", "p q r x t"];
    const better = ["a b c d e", "f g h i j", "k x m n o", "p q r s t"];
    const score = (sentences: readonly BleuCounts[]) => bleuFromCounts(addBleuCounts(sentences)).bleu;
    const compare = () =>
      pairedBootstrap(bleuCounts(references, worse), bleuCounts(references, better), score, {
        random: seeded(5),
        samples: 200,
      });
    const result = compare();
    expect(result.baseline.score).toBe(bleu(references, worse).bleu);
    expect(result.difference).toBeCloseTo(bleu(references, better).bleu - bleu(references, worse).bleu, 10);
    expect(compare()).toEqual(result);
  });

  it("needs the same sentences on both sides, and samples", () => {
    const random = seeded(1);
    expect(() => pairedBootstrap([1], [1, 0], share, { random })).toThrow("METRIC_LENGTH");
    expect(() => pairedBootstrap([1], [0], share, { random, samples: 0 })).toThrow("METRIC_SAMPLES");
  });
});
