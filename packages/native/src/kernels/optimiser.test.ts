import { type ArrayKernels, seeded } from "@timestep/base";
import { beforeAll, describe, expect, it } from "vitest";
import type { Addon } from "../addon.js";
import { addon } from "../backend/backend-cases.fixture.js";
import { optimiserKernels } from "./optimiser.js";

const random = seeded(3);
const draw = (length: number): Float32Array => Float32Array.from({ length }, () => random.normal());
const positive = (length: number): Float32Array => draw(length).map((value) => value * value);

const adam = {
  gradientScale: 0.37,
  beta1: 0.9,
  beta2: 0.999,
  rate: 2e-3,
  rootScale: 3.1,
  epsilon: 1e-8,
  keep: 0.9999,
};

/** Neighbouring floats at most: both sides compute in double precision and round once. */
function expectClose(values: Float32Array, wanted: (index: number) => number): void {
  let worst = 0;
  values.forEach((value, index) => {
    const exact = wanted(index);
    const error = Math.abs(value - exact) / Math.max(Math.abs(exact), 1e-30);
    if (!(error <= worst)) worst = error;
  });
  expect(worst).toBeLessThanOrEqual(1.2e-7);
}

describe.skipIf(addon === undefined)("steps of optimisers in C++", () => {
  let kernels: ArrayKernels;
  beforeAll(() => {
    kernels = optimiserKernels(addon as Addon);
    (addon as Addon).setThreads(2);
  });

  // Around whole vectors, and enough for two threads.
  const lengths = [0, 1, 7, 8, 33, 1000, 150_001];

  it.each(lengths)("adam over %i numbers follows its formulas", (length) => {
    const arrays = {
      theta: draw(length),
      gradient: draw(length),
      mean: draw(length),
      square: positive(length),
    };
    const before = structuredClone(arrays);
    kernels.adamStep(arrays, adam);
    const g = (i: number): number => adam.gradientScale * (before.gradient[i] as number);
    const m = (i: number): number => 0.9 * (before.mean[i] as number) + (1 - 0.9) * g(i);
    const v = (i: number): number => 0.999 * (before.square[i] as number) + (1 - 0.999) * g(i) ** 2;
    const theta = (i: number): number =>
      0.9999 * (before.theta[i] as number) - (2e-3 * m(i)) / (Math.sqrt(v(i)) * 3.1 + 1e-8);
    expectClose(arrays.mean, m);
    expectClose(arrays.square, v);
    expectClose(arrays.theta, theta);
    expect(arrays.gradient).toEqual(before.gradient);
  });

  it.each(lengths)("gradient descent and averages over %i numbers follow theirs", (length) => {
    for (const nesterov of [false, true]) {
      const arrays = { theta: draw(length), gradient: draw(length), velocity: draw(length) };
      const before = structuredClone(arrays);
      kernels.sgdStep(arrays, { gradientScale: 0.5, momentum: 0.8, nesterov, rate: 0.1, keep: 0.99 });
      const g = (i: number): number => 0.5 * (before.gradient[i] as number);
      const b = (i: number): number => 0.8 * (before.velocity[i] as number) + g(i);
      expectClose(arrays.velocity, b);
      expectClose(
        arrays.theta,
        (i) => 0.99 * (before.theta[i] as number) - 0.1 * (nesterov ? g(i) + 0.8 * b(i) : b(i)),
      );
    }
    const plain = { theta: draw(length), gradient: draw(length), velocity: undefined };
    const start = plain.theta.slice();
    kernels.sgdStep(plain, { gradientScale: 2, momentum: 0, nesterov: false, rate: 0.1, keep: 1 });
    expectClose(plain.theta, (i) => (start[i] as number) - 0.1 * 2 * (plain.gradient[i] as number));
    const average = start.slice();
    kernels.averageStep(average, plain.gradient, 0.75);
    expectClose(average, (i) => 0.75 * (start[i] as number) + 0.25 * (plain.gradient[i] as number));
  });

  it.each(lengths)("sums the squares of %i numbers, the same bits with any number of threads", (length) => {
    const values = draw(length);
    const exact = values.reduce((sum, value) => sum + value * value, 0);
    const sums = [1, 2, 3].map((threads) => {
      (addon as Addon).setThreads(threads);
      return kernels.sumOfSquares(values);
    });
    expect(Math.abs((sums[0] as number) - exact)).toBeLessThanOrEqual(1e-12 * exact);
    expect(new Set(sums).size).toBe(1);
  });

  it("steps by the same bits with any number of threads", () => {
    const given = {
      theta: draw(100_003),
      gradient: draw(100_003),
      mean: draw(100_003),
      square: positive(100_003),
    };
    const runs = [1, 2, 3].map((threads) => {
      (addon as Addon).setThreads(threads);
      const arrays = structuredClone(given);
      kernels.adamStep(arrays, adam);
      return arrays;
    });
    const bytes = runs.map(({ theta, mean, square }) =>
      [theta, mean, square].map(({ buffer }) => Buffer.from(buffer)),
    );
    expect(bytes[1]?.every((each, index) => each.equals(bytes[0]?.[index] as Buffer))).toBe(true);
    expect(bytes[2]?.every((each, index) => each.equals(bytes[0]?.[index] as Buffer))).toBe(true);
  });

  it("lets what is not finite come through, so that the norm shows it", () => {
    expect(kernels.sumOfSquares(Float32Array.of(1, Infinity))).toBe(Infinity);
    expect(kernels.sumOfSquares(Float32Array.of(1, NaN, 2))).toBeNaN();
    expect(kernels.sumOfSquares(new Float32Array(40).fill(3e38))).toBeGreaterThan(1e78); // past float32
  });

  it("refuses arrays that do not fit or share memory", () => {
    const [a, b, c] = [draw(4), draw(4), draw(4)];
    const step = (arrays: Partial<Parameters<ArrayKernels["adamStep"]>[0]>) => () => {
      kernels.adamStep({ theta: a, gradient: b, mean: c, square: draw(4), ...arrays }, adam);
    };
    expect(step({})).not.toThrow();
    expect(step({ gradient: draw(5) })).toThrow(/gradient must have 4 elements, has 5/);
    expect(step({ gradient: [1, 2, 3, 4] as never })).toThrow(/gradient must be a Float32Array/);
    expect(step({ theta: new Float64Array(4) as never })).toThrow(/theta must be a Float32Array/);
    expect(step({ mean: a })).toThrow(/shares memory with mean/);
    expect(step({ square: c })).toThrow(/shares memory with square/);
    expect(() => {
      kernels.averageStep(a, a, 0.5);
    }).toThrow(/shares memory/);
    expect(() => {
      kernels.averageStep(a, b, "half" as never);
    }).toThrow(/keep must be a number/);
  });
});
