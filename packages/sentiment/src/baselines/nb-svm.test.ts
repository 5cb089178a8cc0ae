import { seeded } from "@timestep/base";
import { type LabelledText } from "@timestep/data";
import { describe, expect, it } from "vitest";
import { type SparseRow, trainSvm, weighted } from "./linear-svm.js";
import { trainNbSvm } from "./nb-svm.js";

describe("trainSvm", () => {
  it("ends where the slope of its objective is zero", () => {
    const random = seeded(3);
    const rows = Array.from({ length: 40 }, (): SparseRow => ({
      ids: [0, 1, 2, 3],
      values: [random.normal(), random.normal(), random.normal(), 1],
    }));
    const targets = rows.map((row) => (weighted(row, [1, -2, 0, 0.3]) + random.normal() > 0 ? 1 : -1));
    const cost = 0.7;
    const options = { cost, rounds: 2000, tolerance: 1e-10, random };
    const weights = trainSvm(rows, targets, 4, options);
    // d/dw of ½|w|² + cost Σ max(0, 1 - y w·x)²
    const slope = Array.from(weights, (weight, id) =>
      rows.reduce((sum, row, index) => {
        const target = targets[index] as number;
        const lack = Math.max(0, 1 - target * weighted(row, weights));
        return sum - 2 * cost * target * lack * (row.values[id] as number);
      }, weight),
    );
    for (const each of slope) expect(each).toBeCloseTo(0, 6);
    expect(Math.hypot(...weights)).toBeGreaterThan(0.5);
  });
});

describe("NB-SVM", () => {
  const example = (text: string, label: string): LabelledText => ({
    text,
    tokens: text.split(" "),
    label,
    where: { file: "x", line: 1 },
  });
  const train = [
    example("a good film", "pos"),
    example("so good it was", "pos"),
    example("a fine film", "pos"),
    example("a bad film", "neg"),
    example("not good at all", "neg"),
    example("so bad it was", "neg"),
  ];

  it("learns words and pairs", () => {
    const { classify } = trainNbSvm(train);
    for (const { tokens = [], label } of train) expect(classify(tokens)).toBe(label);
    expect(classify(["good", "fine"])).toBe("pos");
    expect(classify(["not", "good"])).toBe("neg");
  });

  it("has one machine for each of three labels or more", () => {
    const three = [...train, example("a film", "so-so"), example("it was a film", "so-so")];
    const { classify } = trainNbSvm(three);
    for (const { tokens = [], label } of three) expect(classify(tokens)).toBe(label);
  });

  it("refuses nothing, and one label", () => {
    expect(() => trainNbSvm([])).toThrow("DATA_EMPTY");
    expect(() => trainNbSvm(train.slice(0, 2))).toThrow("BASELINE_ONE_LABEL");
  });
});
