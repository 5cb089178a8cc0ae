import { expect, it } from "vitest";
import { WeightAverage } from "./averaging.js";
import { clipScale, norms } from "./gradients.js";
import { type Weight } from "./optimiser.js";

it("averages with a decay that warms up", () => {
  const weight: Weight = { path: "w", shape: [1], data: Float32Array.of(0) };
  const average = new WeightAverage(0.15, [weight]);
  weight.data[0] = 1;
  average.update([weight]); // decay 1/10
  expect(average.state().values.get("w")?.data[0]).toBeCloseTo(0.9, 6);
  average.update([weight]); // decay min(0.15, 2/11)
  expect(average.state().values.get("w")?.data[0]).toBeCloseTo(0.15 * 0.9 + 0.85, 6);
  expect(average.state().updates).toBe(2);
});

it("goes on from its state", () => {
  const weight: Weight = { path: "w", shape: [2], data: Float32Array.of(1, 2) };
  const first = new WeightAverage(0.9, [{ ...weight, data: Float32Array.of(5, 6) }]);
  first.update([weight]);
  const second = new WeightAverage(0.9, [weight]);
  second.restore(first.state());
  first.update([weight]);
  second.update([weight]);
  expect(second.state()).toEqual(first.state());
});

it("clips by the norm over all parameters", () => {
  const norm = Math.hypot(...norms([Float32Array.of(3, 0), Float32Array.of(-4)]));
  expect(norm).toBe(5);
  expect(clipScale(norm, 1)).toBe(0.2);
  expect(clipScale(norm, 5)).toBe(1);
  expect(clipScale(norm, 0)).toBe(1);
});
