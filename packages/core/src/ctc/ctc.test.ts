import { startEngine } from "@timestep/engine";
import { expectClose } from "@timestep/testing";
import { grad, sum, type Tensor3D, tensor3d, zeros } from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { ctcBestPath } from "./best-path.js";
import { collapse, ctcFeasible, ctcMinimumLength } from "./labels.js";
import { ctcLoss, type CtcOptions } from "./loss.js";

await startEngine({ engine: "cpu" });

const even: Tensor3D = zeros([2, 4, 3]);
const gradientOf = (logits: Tensor3D, options: CtcOptions): number[][][] =>
  grad((x) => sum(ctcLoss(x as Tensor3D, options)))(logits).arraySync() as number[][][];

describe("labels", () => {
  it("collapse merges repeats before it removes blanks", () => {
    expect(collapse([0, 3, 3, 0, 3, 5], 0)).toEqual([3, 3, 5]);
    expect(collapse([2, 2, 0, 0, 2, 1], 2)).toEqual([0, 1]);
    expect(collapse([0, 0], 0)).toEqual([]);
    expect(collapse([], 0)).toEqual([]);
  });

  it("need a frame each, and one more between two that are the same", () => {
    expect([[], [1], [1, 2], [1, 1], [1, 1, 1, 2, 2]].map(ctcMinimumLength)).toEqual([0, 1, 2, 3, 8]);
    expect([2, 3].map((length) => ctcFeasible([1, 1], length))).toEqual([false, true]);
  });
});

describe("ctcLoss", () => {
  it("gives numbers worked by hand", () => {
    // Four frames of three equal classes: one label has 10 of 81 paths (runs 1…4 long at any place), two have 15.
    const losses = ctcLoss(even, { labels: [[1], [1, 2]], lengths: [4, 4] });
    expectClose(losses, [Math.log(81 / 10), Math.log(81 / 15)], 1e-6);
  });

  it("states what happens to rows with too few frames", () => {
    const options = { labels: [[1, 1], [1]], lengths: [2, 4] };
    expect(() => ctcLoss(even, options)).toThrow(/CTC_LABEL_TOO_LONG: row 0 has 2 frames .* at least 3/);
    const [zero, infinity] = (["zero", "infinity"] as const).map((infeasible) => ({
      ...options,
      infeasible,
    }));
    expect(ctcLoss(even, zero as CtcOptions).dataSync()[0]).toBe(0);
    expect(ctcLoss(even, infinity as CtcOptions).dataSync()[0]).toBe(Infinity);
    for (const each of [zero, infinity]) {
      const [first, second] = gradientOf(even, each as CtcOptions);
      expect(first?.flat()).toEqual(Array<number>(12).fill(0));
      expect(second?.flat().some((value) => value !== 0)).toBe(true);
    }
    const none = { labels: [[1], []], lengths: [0, 0] };
    expect(() => ctcLoss(even, none)).toThrow(/CTC_LABEL_TOO_LONG/);
    expect([...ctcLoss(even, { ...none, infeasible: "infinity" }).dataSync()]).toEqual([Infinity, 0]);
  });

  it("takes batches without rows and rows without frames", () => {
    expect(ctcLoss(zeros([0, 4, 3]), { labels: [], lengths: [] }).shape).toEqual([0]);
    expect([...ctcLoss(zeros([2, 0, 3]), { labels: [[], []], lengths: [0, 0] }).dataSync()]).toEqual([0, 0]);
  });

  it.each([NaN, Infinity])("keeps %d to its own row", (broken) => {
    const values = new Float32Array(24);
    values[4] = broken;
    values[23] = broken; // past the end of row 1
    const logits = tensor3d(values, [2, 4, 3]);
    const options = { labels: [[1], [1, 2]], lengths: [4, 3] };
    const losses = ctcLoss(logits, options).dataSync();
    expect(losses[0]).toBeNaN();
    expect(losses[1]).toBeCloseTo(Math.log(27 / 5), 5);
    const [first, second] = gradientOf(logits, options);
    expect(first?.flat().every(Number.isNaN)).toBe(true);
    expect(second?.flat().every(Number.isFinite)).toBe(true);
  });

  it("takes -Infinity as impossible", () => {
    const values = new Float32Array(24).fill(0);
    for (let t = 0; t < 4; t++) values[t * 3 + 1] = -Infinity;
    const logits = tensor3d(values, [2, 4, 3]);
    const options = { labels: [[1], [2]], lengths: [4, 4] };
    expect(ctcLoss(logits, options).dataSync()[0]).toBe(Infinity);
    expect(ctcLoss(logits, { ...options, infeasible: "zero" }).dataSync()[0]).toBe(0);
    expect(gradientOf(logits, options)[0]?.flat()).toEqual(Array<number>(12).fill(0));
    // Without class 1, one label of the other two: 10 of 16 paths.
    expect(ctcLoss(logits, { labels: [[2], [2]], lengths: [4, 4] }).dataSync()[0]).toBeCloseTo(
      Math.log(16 / 10),
      5,
    );
    values.fill(-Infinity, 0, 3);
    expect(ctcLoss(tensor3d(values, [2, 4, 3]), options).dataSync()[0]).toBeNaN();
  });

  it.each<[RegExp, Partial<CtcOptions> & { logits?: Tensor3D }]>([
    [/CTC_LOGITS_RANK.*\[2, 12\]/, { logits: zeros([2, 12]) as unknown as Tensor3D }],
    [/CTC_LENGTHS.*got 1 lengths/, { lengths: [4] }],
    [/CTC_LENGTHS.*length 5.*4 frames/, { lengths: [4, 5] }],
    [/CTC_LENGTHS.*length 1.5/, { lengths: [1.5, 4] }],
    [/CTC_LENGTHS.*length -1/, { lengths: [4, -1] }],
    [/CTC_LABELS.*got labels for 3/, { labels: [[], [], []] }],
    [/CTC_LABEL_RANGE: row 1, label 1: 3 is not among the 3 classes/, { labels: [[1], [1, 3]] }],
    [/CTC_LABEL_RANGE: row 0, label 0: 0 is the blank/, { labels: [[0], [1]] }],
    [/CTC_LABEL_RANGE/, { labels: [[1], [0.5]] }],
    [/CTC_LABEL_RANGE/, { labels: [[-1], [1]] }],
    [/CTC_BLANK.*got 3/, { blank: 3 }],
    [/CTC_INFEASIBLE/, { infeasible: "drop" as never }],
    [/CTC_PATH/, { path: "kernel" }],
  ])("refuses with %s", (message, { logits = even, ...options }) => {
    expect(() => ctcLoss(logits, { labels: [[1], [2]], lengths: [4, 4], ...options })).toThrow(message);
  });
});

describe("ctcBestPath", () => {
  it("takes the likeliest class of each frame within the lengths", () => {
    const best = [
      [1, 1, 0, 1],
      [2, 2, 1, 0],
    ];
    const values = best.flat().flatMap((winner) => [0, 1, 2].map((k) => (k === winner ? 1 : 0)));
    const logits = tensor3d(values, [2, 4, 3]);
    expect(ctcBestPath(logits, { lengths: [4, 4] })).toEqual([
      [1, 1],
      [2, 1],
    ]);
    expect(ctcBestPath(logits, { lengths: [2, 0] })).toEqual([[1], []]);
    expect(ctcBestPath(logits, { lengths: [4, 4], blank: 1 })).toEqual([[0], [2, 0]]);
    expect(ctcBestPath(even, { lengths: [4, 4], blank: 2 })).toEqual([[0], [0]]); // ties
  });

  it("refuses NaN within the lengths only", () => {
    const logits = tensor3d([0, 1, 0, NaN], [1, 2, 2]);
    expect(ctcBestPath(logits, { lengths: [1] })).toEqual([[1]]);
    expect(() => ctcBestPath(logits, { lengths: [2] })).toThrow(
      /CTC_NOT_FINITE: row 0: .*class 1 in frame 1/,
    );
    expect(() => ctcBestPath(logits, { lengths: [3] })).toThrow(/CTC_LENGTHS/);
  });
});
