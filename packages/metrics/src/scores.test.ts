import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { calibration, expectedCalibrationError } from "./calibration.js";
import { accuracy, classificationScores, confusionMatrix, macroF1 } from "./classification.js";
import { frameAccuracy, intentAccuracy } from "./frames.js";
import { bitsPerSymbol, perplexity } from "./perplexity.js";

describe("accuracy", () => {
  it("is a percentage", () => {
    expect(accuracy(["a", "b", "c", "a"], ["a", "b", "a", "b"])).toBe(50);
    expect(() => accuracy([], [])).toThrow("METRIC_EMPTY");
    expect(() => accuracy(["a"], ["a", "b"])).toThrow("METRIC_LENGTH: 1 gold labels but 2 predicted ones");
  });
});

describe("classificationScores", () => {
  const gold = ["a", "a", "a", "b", "b", "c"];
  const predicted = ["a", "a", "b", "b", "c", "d"];

  it("agrees with a case worked by hand", () => {
    const scores = classificationScores(gold, predicted);
    expect(scores.confusion).toEqual({
      labels: ["a", "b", "c", "d"],
      counts: [
        [2, 1, 0, 0],
        [0, 1, 1, 0],
        [0, 0, 0, 1],
        [0, 0, 0, 0],
      ],
    });
    expect(scores.labels.get("a")).toMatchObject({
      gold: 3,
      predicted: 2,
      correct: 2,
      precision: 100,
      f1: 80,
    });
    expect(scores.labels.get("b")).toMatchObject({ precision: 50, recall: 50, f1: 50 });
    expect(scores.labels.get("d")).toMatchObject({ gold: 0, predicted: 1, precision: 0, recall: 0, f1: 0 });
    expect(scores.macroF1).toBeCloseTo((80 + 50 + 0 + 0) / 4, 12);
    expect(scores.accuracy).toBe(50);
  });

  it("has rows that add up to gold, columns to predictions, and a diagonal to what is right", () => {
    const label = fc.constantFrom("a", "b", "c", "__proto__");
    fc.assert(
      fc.property(fc.array(fc.tuple(label, label), { minLength: 1 }), (pairs) => {
        const left = pairs.map(([a]) => a);
        const right = pairs.map(([, b]) => b);
        const { labels, counts } = confusionMatrix(left, right);
        for (const [id, name] of labels.entries()) {
          expect((counts[id] as number[]).reduce((a, b) => a + b)).toBe(
            left.filter((x) => x === name).length,
          );
          expect(counts.reduce((sum, row) => sum + (row[id] as number), 0)).toBe(
            right.filter((x) => x === name).length,
          );
        }
        const diagonal = counts.reduce((sum, row, id) => sum + (row[id] as number), 0);
        expect(accuracy(left, right)).toBeCloseTo((100 * diagonal) / pairs.length, 10);
        expect(macroF1(left, right)).toBeCloseTo(macroF1(right, left), 10); // F1 knows no direction
      }),
    );
  });
});

describe("frames", () => {
  it("need every tag and the intent", () => {
    const gold = [
      { tags: ["O", "B-a"], intent: "x" },
      { tags: ["O"], intent: "x" },
      { tags: ["O"], intent: "x" },
      { tags: ["B-a"] },
    ];
    const predicted = [
      { tags: ["O", "B-a"], intent: "x" },
      { tags: ["O"], intent: "y" },
      { tags: ["B-a"], intent: "x" },
      { tags: ["B-a"] },
    ];
    expect(frameAccuracy(gold, predicted)).toBe(50);
    expect(intentAccuracy(["x", "x#y"], ["x", "x"])).toBe(50);
  });

  it("refuse what cannot be compared", () => {
    expect(() => frameAccuracy([], [])).toThrow("METRIC_EMPTY");
    expect(() => frameAccuracy([{ tags: ["O"] }], [{ tags: ["O", "O"] }])).toThrow(
      "METRIC_LENGTH: 1 gold tags of sentence 1",
    );
  });
});

describe("calibration", () => {
  it("agrees with a case worked by hand", () => {
    // Two bins: (0, 0.5] holds 0.3 (right) and 0.5 (wrong), (0.5, 1] holds 0.9 (right) and 0.7 (right).
    const { error, bins, signature } = calibration([0.3, 0.5, 0.9, 0.7], [true, false, true, true], 2);
    expect(bins.map(({ count }) => count)).toEqual([2, 2]);
    expect(bins[0]?.confidence).toBeCloseTo(40, 10);
    expect(bins[0]?.accuracy).toBe(50);
    expect(error).toBeCloseTo(0.5 * 10 + 0.5 * 20, 10);
    expect(signature).toBe("bins:2 width:equal");
  });

  it("is 0 for sure and right, 100 for sure and wrong", () => {
    expect(expectedCalibrationError([1, 1], [true, true])).toBe(0);
    expect(expectedCalibrationError([1, 1], [false, false])).toBe(100);
    expect(expectedCalibrationError([0], [false])).toBe(0);
  });

  it("puts every prediction into the one bin that holds it", () => {
    const any = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.array(any, { minLength: 1 }), fc.integer({ min: 1, max: 20 }), (confidences, count) => {
        const { bins, error } = calibration(
          confidences,
          confidences.map((c) => c > 0.5),
          count,
        );
        expect(bins.reduce((sum, bin) => sum + bin.count, 0)).toBe(confidences.length);
        expect(error).toBeGreaterThanOrEqual(0);
        expect(error).toBeLessThanOrEqual(100);
        for (const bin of bins) {
          if (bin.count === 0) continue;
          expect(bin.confidence / 100).toBeGreaterThanOrEqual(bin.lower - 1e-9);
          expect(bin.confidence / 100).toBeLessThanOrEqual(bin.upper + 1e-9);
        }
      }),
    );
  });

  it("refuses what is no probability, no number of bins, or nothing", () => {
    for (const bad of [-0.1, 1.1, Number.NaN])
      expect(() => calibration([bad], [true])).toThrow("METRIC_PROBABILITY");
    for (const bad of [0, 1.5]) expect(() => calibration([0.5], [true], bad)).toThrow("METRIC_BINS");
    expect(() => calibration([], [])).toThrow("METRIC_EMPTY");
    expect(() => calibration([0.5], [])).toThrow("METRIC_LENGTH");
  });
});

describe("perplexity", () => {
  it("of a uniform choice is the number of choices", () => {
    expect(perplexity(10 * Math.log(27), 10)).toBeCloseTo(27, 10);
    expect(bitsPerSymbol(10 * Math.log(8), 10)).toBeCloseTo(3, 12);
    expect(perplexity(0, 5)).toBe(1);
  });

  it("refuses what is no likelihood", () => {
    expect(() => perplexity(1, 0)).toThrow("METRIC_EMPTY");
    for (const [sum, count] of [
      [-1, 2],
      [Number.NaN, 2],
      [1, -2],
    ] as const) {
      expect(() => perplexity(sum, count)).toThrow("METRIC_NEGATIVE");
    }
  });
});
