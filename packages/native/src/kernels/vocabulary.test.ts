import { beforeAll, describe, expect, it } from "vitest";
import type { Addon } from "../addon.js";
import { addon } from "../backend/backend-cases.fixture.js";
import { registerNative } from "../backend/backend.js";

describe.skipIf(addon === undefined)("the output layer's entry points", () => {
  const projectedCrossEntropy: Addon["projectedCrossEntropy"] = (...given) =>
    (addon as Addon).projectedCrossEntropy(...given);
  const zeros = (count: number): Float32Array => new Float32Array(count);

  beforeAll(() => void registerNative({ threads: 2 }));

  type LossArguments = Parameters<Addon["projectedCrossEntropy"]>;

  /** A call that fits, with one argument replaced: 3 rows of size 2, 4 classes. */
  function loss(index?: number, value?: unknown): () => number {
    const fitting: LossArguments = [
      zeros(6),
      zeros(8),
      zeros(4),
      Int32Array.of(0, 3, 1),
      Float32Array.of(1, 1, 1),
      0.1,
      zeros(3),
      zeros(6),
      zeros(8),
      zeros(4),
      3,
      2,
      4,
    ];
    if (index !== undefined) (fitting as unknown[])[index] = value;
    return () => projectedCrossEntropy(...fitting);
  }

  it("gives the total of a call that fits", () => {
    expect(loss()()).toBeCloseTo(3 * Math.log(4), 5);
  });

  it.each([
    ["hidden states of another size", 0, zeros(5)],
    ["a table that is too short", 1, zeros(7)],
    ["a table that is no Float32Array", 1, new Float64Array(8)],
    ["a bias of another size", 2, zeros(3)],
    ["too few targets", 3, Int32Array.of(0, 1)],
    ["a target past the last class", 3, Int32Array.of(0, 4, 1)],
    ["a negative target", 3, Int32Array.of(0, -1, 1)],
    ["too few weights", 4, zeros(2)],
    ["smoothing of 1", 5, 1],
    ["smoothing that is NaN", 5, NaN],
    ["losses of another size", 6, zeros(4)],
    ["a gradient of the table without one of the hidden states", 7, undefined],
    ["a gradient of the hidden states without one of the table", 8, undefined],
    ["a bias without its gradient", 9, undefined],
    ["a gradient of the bias without a bias", 2, undefined],
    ["a size of nothing", 11, 0],
    ["no classes", 12, 0],
    ["half a class", 12, 3.5],
  ])("refuses %s", (_, index, value) => {
    expect(loss(index, value)).toThrow(TypeError);
  });

  it("looks at no target of weight 0", () => {
    const weights = Float32Array.of(1, 0, 1);
    const given = Int32Array.of(0, 99, 1);
    const losses = zeros(3);
    const none = [undefined, undefined, undefined] as const;
    const total = projectedCrossEntropy(
      zeros(6),
      zeros(8),
      undefined,
      given,
      weights,
      0,
      losses,
      ...none,
      3,
      2,
      4,
    );
    expect(total).toBeCloseTo(2 * Math.log(4), 5);
    expect(losses[1]).toBe(0);
  });

  it("refuses results that share memory with what they come from", () => {
    const shared = zeros(8);
    expect(loss(8, shared)).not.toThrow();
    const none = [undefined, undefined, undefined] as const;
    const [targets, weights] = [Int32Array.of(0, 0, 0), zeros(3)];
    expect(() =>
      projectedCrossEntropy(
        zeros(6),
        shared,
        undefined,
        targets,
        weights,
        0,
        shared.subarray(2, 5),
        ...none,
        3,
        2,
        4,
      ),
    ).toThrow(/shares memory/);
  });

  type TopArguments = Parameters<Addon["topLogProbabilities"]>;

  /** The same for 2 rows of 3, the best 2, with id 1 away in the second row. */
  function top(index?: number, value?: unknown): () => void {
    const fitting: TopArguments = [
      zeros(6),
      Int32Array.of(1),
      Int32Array.of(0, 0, 1),
      zeros(4),
      new Int32Array(4),
      2,
      3,
      2,
    ];
    if (index !== undefined) (fitting as unknown[])[index] = value;
    return () => {
      (addon as Addon).topLogProbabilities(...fitting);
    };
  }

  it.each([
    ["logits of another size", 0, zeros(5)],
    ["fewer ids than their places say", 1, new Int32Array(0)],
    ["too few places", 2, Int32Array.of(0, 1)],
    ["places that fall", 2, Int32Array.of(0, 2, 1)],
    ["places that begin past the first", 2, Int32Array.of(1, 1, 1)],
    ["values of another size", 3, zeros(3)],
    ["ids of another size", 4, new Int32Array(5)],
    ["a count of nothing", 7, 0],
  ])("refuses %s", (_, index, value) => {
    expect(top()).not.toThrow();
    expect(top(index, value)).toThrow(TypeError);
  });
});
