import { seeded } from "@timestep/base";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { abstainCurve, pointOfAccuracy } from "./abstain.js";
import { adaptiveCalibration } from "./adaptive-calibration.js";
import { calibration, formatReliability } from "./calibration.js";
import { brierScore, temperedSoftmax } from "./probabilities.js";
import { fitTemperature } from "./temperature.js";

const probability = fc.double({ min: 0, max: 1, noNaN: true });
const predictions = fc.array(fc.tuple(probability, fc.boolean()), { minLength: 1, maxLength: 60 });

describe("adaptiveCalibration", () => {
  it("agrees with a case worked by hand", () => {
    // The cut after the third of five falls into the tie at 0.9, which stays together in the first bin.
    const { error, bins, signature } = adaptiveCalibration(
      [0.9, 0.5, 0.9, 0.6, 0.9],
      [true, false, false, true, true],
      2,
    );
    expect(bins.map(({ count, lower, upper }) => [count, lower, upper])).toEqual([[5, 0.5, 0.9]]);
    expect(error).toBeCloseTo(Math.abs(76 - 60), 10);
    expect(signature).toBe("bins:2 width:adaptive");
    const four = adaptiveCalibration([0.5, 0.6, 0.8, 0.9], [false, true, true, true], 2);
    expect(four.bins.map(({ count }) => count)).toEqual([2, 2]);
    expect(four.error).toBeCloseTo(0.5 * 5 + 0.5 * 15, 10);
  });

  it("counts every prediction once, whatever the order", () => {
    fc.assert(
      fc.property(predictions, fc.integer({ min: 1, max: 20 }), (list, count) => {
        const score = (pairs: typeof list): ReturnType<typeof adaptiveCalibration> =>
          adaptiveCalibration(
            pairs.map(([confidence]) => confidence),
            pairs.map(([, right]) => right),
            count,
          );
        const { bins, error } = score(list);
        expect(bins.reduce((sum, bin) => sum + bin.count, 0)).toBe(list.length);
        expect(bins.length).toBeLessThanOrEqual(count);
        for (const [index, bin] of bins.entries()) {
          const next = bins[index + 1];
          if (next !== undefined) expect(bin.upper).toBeLessThan(next.lower);
        }
        expect(score([...list].reverse()).error).toBeCloseTo(error, 9);
      }),
    );
  });

  it("equals the plain error with one bin, and refuses what that refuses", () => {
    fc.assert(
      fc.property(predictions, (list) => {
        const confidences = list.map(([confidence]) => confidence);
        const right = list.map(([, each]) => each);
        expect(adaptiveCalibration(confidences, right, 1).error).toBeCloseTo(
          calibration(confidences, right, 1).error,
          9,
        );
      }),
    );
    expect(() => adaptiveCalibration([2], [true])).toThrow("METRIC_PROBABILITY");
    expect(() => adaptiveCalibration([0.5], [true], 0)).toThrow("METRIC_BINS");
    expect(() => adaptiveCalibration([], [])).toThrow("METRIC_EMPTY");
  });
});

it("formatReliability leaves empty bins out", () => {
  const text = formatReliability(calibration([0.3, 0.9], [true, true], 4));
  expect(text.split("\n")).toEqual([
    "confidence    mean (%)  right (%)   count",
    "0.250..0.500        30.0     100.0       1",
    "0.750..1.000        90.0     100.0       1",
    "calibration error 40.00 % | bins:4 width:equal",
  ]);
});

describe("temperedSoftmax", () => {
  it("is a distribution that flattens as it warms", () => {
    expect(temperedSoftmax([0, Math.log(3)])).toEqual([expect.closeTo(0.25, 12), expect.closeTo(0.75, 12)]);
    expect(temperedSoftmax([0, Math.log(9)], 2)[1]).toBeCloseTo(0.75, 12);
    expect(temperedSoftmax([1e308, -1e308])).toEqual([1, 0]);
    expect(() => temperedSoftmax([0, Number.NaN])).toThrow("METRIC_LOGIT");
    expect(() => temperedSoftmax([])).toThrow("METRIC_EMPTY");
    for (const bad of [0, -1, Infinity])
      expect(() => temperedSoftmax([0], bad)).toThrow("METRIC_TEMPERATURE");
  });
});

describe("brierScore", () => {
  it("agrees with cases worked by hand", () => {
    expect(brierScore([[1, 0]], [0])).toBe(0);
    expect(brierScore([[1, 0]], [1])).toBe(2);
    expect(
      brierScore(
        [
          [0.5, 0.3, 0.2],
          [0, 1, 0],
        ],
        [0, 1],
      ),
    ).toBeCloseTo((0.25 + 0.09 + 0.04) / 2, 12);
  });

  it("is least in expectation for the true probability", () => {
    const expected = (said: number): number =>
      0.7 * brierScore([[1 - said, said]], [1]) + 0.3 * brierScore([[1 - said, said]], [0]);
    for (const said of [0, 0.3, 0.6, 0.69, 0.71, 1]) expect(expected(said)).toBeGreaterThan(expected(0.7));
  });

  it("refuses what is no distribution or no class", () => {
    expect(() => brierScore([[0.5, 0.6]], [0])).toThrow(
      "METRIC_PROBABILITY: prediction 1 is no distribution: it adds up",
    );
    expect(() => brierScore([[1.5, -0.5]], [0])).toThrow("METRIC_PROBABILITY");
    expect(() => brierScore([[0.5, 0.5]], [2])).toThrow("METRIC_CLASS");
    expect(() => brierScore([[0.5, 0.5]], [])).toThrow("METRIC_LENGTH");
  });
});

describe("fitTemperature", () => {
  it("finds the answer that algebra gives for two classes and one margin", () => {
    // Every margin is m and a share q is right: sigmoid(m/T) = q, so T = m / ln(q / (1 - q)).
    for (const [margin, right] of [
      [3, 7],
      [3, 9],
      [0.2, 6],
      [12, 8],
    ] as const) {
      const logits = Array.from({ length: 10 }, () => [margin, 0]);
      const gold = Array.from({ length: 10 }, (_, index) => (index < right ? 0 : 1));
      const fitted = fitTemperature(logits, gold);
      expect(fitted.temperature).toBeCloseTo(margin / Math.log(right / (10 - right)), 9);
      expect(fitted.after).toBeLessThanOrEqual(fitted.before);
      expect(fitted.atBound).toBe(false);
    }
  });

  it("recovers the factor by which the logits of a calibrated model were scaled", () => {
    const random = seeded(4);
    const logits: number[][] = [];
    const gold: number[] = [];
    for (let i = 0; i < 4000; i++) {
      const row = [random.normal() * 2, random.normal() * 2, random.normal() * 2];
      let draw = random.uniform();
      const truth = temperedSoftmax(row).findIndex((each) => (draw -= each) < 0);
      logits.push(row.map((logit) => logit * 2.5));
      gold.push(Math.max(0, truth));
    }
    expect(fitTemperature(logits, gold).temperature).toBeCloseTo(2.5, 0);
  });

  it("is no worse than any temperature of a fine grid", () => {
    const random = seeded(8);
    const logits = Array.from({ length: 60 }, () => [random.normal() * 4, random.normal() * 4]);
    const gold = logits.map(([a = 0, b = 0]) => (a + 2 * random.normal() > b ? 0 : 1));
    const { after } = fitTemperature(logits, gold);
    for (let exponent = -20; exponent <= 20; exponent++) {
      const temperature = 20 ** (exponent / 20);
      const loss = logits.reduce(
        (sum, row, index) =>
          sum - Math.log(temperedSoftmax(row, temperature)[gold[index] as number] as number),
        0,
      );
      expect(after).toBeLessThanOrEqual(loss / 60 + 1e-12);
    }
  });

  it("stops at the ends of its range when everything is right, or nothing is", () => {
    expect(
      fitTemperature(
        [
          [3, 1],
          [0, 2],
        ],
        [0, 1],
      ),
    ).toMatchObject({ temperature: 0.05, atBound: true });
    expect(
      fitTemperature(
        [
          [3, 1],
          [0, 2],
        ],
        [1, 0],
      ),
    ).toMatchObject({ temperature: 20, atBound: true });
    expect(fitTemperature([[5, 5]], [0])).toMatchObject({ temperature: 1, atBound: false });
  });

  it("refuses what cannot be fitted", () => {
    expect(() => fitTemperature([], [])).toThrow("METRIC_EMPTY");
    expect(() => fitTemperature([[0, 1]], [2])).toThrow("METRIC_CLASS");
    expect(() => fitTemperature([[0, Infinity]], [0])).toThrow("METRIC_LOGIT");
    expect(() => fitTemperature([[0, 1]], [0, 1])).toThrow("METRIC_LENGTH");
  });
});

describe("abstainCurve", () => {
  it("agrees with a case worked by hand, ties together", () => {
    const curve = abstainCurve([0.9, 0.6, 0.6, 0.99], [true, false, true, true]);
    expect(curve).toEqual([
      { threshold: 0.99, coverage: 25, accuracy: 100 },
      { threshold: 0.9, coverage: 50, accuracy: 100 },
      { threshold: 0.6, coverage: 100, accuracy: 75 },
    ]);
    expect(pointOfAccuracy(curve, 90)?.threshold).toBe(0.9);
    expect(pointOfAccuracy(curve, 75)?.threshold).toBe(0.6);
    expect(pointOfAccuracy(abstainCurve([0.5], [false]), 50)).toBeUndefined();
    for (const bad of [0, 101, Number.NaN])
      expect(() => pointOfAccuracy(curve, bad)).toThrow("METRIC_TARGET");
  });

  it("has the points that counting from scratch gives", () => {
    fc.assert(
      fc.property(predictions, (list) => {
        const curve = abstainCurve(
          list.map(([confidence]) => confidence),
          list.map(([, right]) => right),
        );
        for (const { threshold, coverage, accuracy } of curve) {
          const made = list.filter(([confidence]) => confidence >= threshold);
          expect(coverage).toBeCloseTo((100 * made.length) / list.length, 9);
          expect(accuracy).toBeCloseTo((100 * made.filter(([, right]) => right).length) / made.length, 9);
        }
        expect(curve.at(-1)?.coverage).toBe(100);
      }),
    );
  });
});
