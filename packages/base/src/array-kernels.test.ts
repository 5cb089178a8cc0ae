import { expect, it } from "vitest";
import { type ArrayKernels, arrayKernelsOf, offerArrayKernels } from "./array-kernels.js";

it("gives each backend what was offered under its name, the last offer if there are two", () => {
  const kernels = (sum: number): ArrayKernels => ({
    sumOfSquares: () => sum,
    adamStep: () => undefined,
    sgdStep: () => undefined,
    averageStep: () => undefined,
  });
  expect(arrayKernelsOf("one")).toBeUndefined();
  offerArrayKernels("one", kernels(1));
  offerArrayKernels("one", kernels(2));
  expect(arrayKernelsOf("one")?.sumOfSquares(new Float32Array(0))).toBe(2);
  expect(arrayKernelsOf("another")).toBeUndefined();
});
