import "@tensorflow/tfjs-backend-cpu";
import { tensor } from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { expectClose, largestRelativeError, worstDifference } from "./compare.js";

describe("largestRelativeError", () => {
  it("is relative to the element when that is larger than the root mean square", () => {
    expect(largestRelativeError([1, 1, 11], [1, 1, 10])).toBeCloseTo(0.1, 12);
  });
  it("is relative to the root mean square for elements near zero", () => {
    const rms = Math.sqrt((9 + 16) / 3);
    expect(largestRelativeError([3, 4, 0.01], [3, 4, 0])).toBeCloseTo(0.01 / rms, 12);
  });
  it("still sees a small element that is wrong by the size of its neighbours", () => {
    expect(largestRelativeError([3, 4, 4], [3, 4, 0.001])).toBeGreaterThan(1);
  });
  it("works on tiny arrays as on large ones, and takes zeros as zeros", () => {
    expect(largestRelativeError([2e-4], [1e-4])).toBeCloseTo(1, 6);
    expect(largestRelativeError([0, 0], [0, 0])).toBe(0);
    expect(largestRelativeError([1e-3], [0])).toBeCloseTo(1000, 6);
    expect(largestRelativeError([], [])).toBe(0);
  });
  it("counts what is not finite as infinitely wrong, unless it is the same infinity", () => {
    expect(largestRelativeError([1, NaN], [1, 2])).toBe(Infinity);
    expect(largestRelativeError([1, 2], [1, NaN])).toBe(Infinity);
    expect(largestRelativeError([Infinity], [1])).toBe(Infinity);
    expect(largestRelativeError([-Infinity], [Infinity])).toBe(Infinity);
    expect(largestRelativeError([Infinity, 1], [Infinity, 1])).toBe(0);
  });
  it("names the place", () => {
    expect(worstDifference([1, 5, 3], [1, 4, 3])).toEqual({ error: 0.25, index: 1, actual: 5, expected: 4 });
  });
  it("refuses arrays of different lengths", () => {
    expect(() => largestRelativeError([1], [1, 2])).toThrow("COMPARE_LENGTH: expected 2 numbers, got 1");
  });
});

describe("expectClose", () => {
  it("passes within the tolerance, and takes tensors and arrays", () => {
    const matrix = tensor([1, 2, 3, 4], [2, 2]);
    expect(() => expectClose(matrix, [1, 2, 3, 4.0001], 1e-4)).not.toThrow();
    expect(() => expectClose({ shape: [2, 2], data: [1, 2, 3, 4] }, matrix, 0)).not.toThrow();
  });
  it("names the largest error and its element", () => {
    const matrix = tensor([1, 2, 3, 5], [2, 2]);
    expect(() => expectClose(matrix, tensor([1, 2, 3, 4], [2, 2]), 1e-4)).toThrow(
      "largest relative error 2.500e-1 is above 0.0001 at element 3 [1, 1]: expected 4, got 5",
    );
  });
  it("fails on NaN whatever the tolerance", () => {
    expect(() => expectClose([NaN], [NaN], 1e9)).toThrow(/Infinity/);
  });
  it("fails on other shapes and sizes", () => {
    expect(() => expectClose(tensor([1, 2]), tensor([1, 2], [2, 1]), 1)).toThrow(
      "expected shape [2, 1], got [2]",
    );
    expect(() => expectClose([1, 2], [1], 1)).toThrow("expected 1 numbers, got 2");
  });
});
