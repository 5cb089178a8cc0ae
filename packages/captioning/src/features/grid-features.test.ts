import { seeded } from "@timestep/base";
import { describe, expect, it } from "vitest";
import { type GridFeatures, PackedFeatures, quantise } from "./grid-features.js";

const random = seeded(3);
const shape = [2, 3, 4] as const;

function features(): GridFeatures & { values: Float32Array } {
  const values = Float32Array.from({ length: 24 }, () => random.uniform() * 6);
  return {
    shape,
    ...quantise(values),
    pooled: Float32Array.from({ length: 4 }, () => random.uniform()),
    values,
  };
}

describe("quantise", () => {
  it("is off by at most half a step, and exact at both ends", () => {
    const values = Float32Array.from({ length: 5000 }, () => random.uniform() * 6);
    values.set([0, 6]);
    const { grid, step } = quantise(values);
    let worst = 0;
    values.forEach((value, i) => (worst = Math.max(worst, Math.abs((grid[i] as number) * step - value))));
    expect(worst).toBeLessThanOrEqual(0.5 * step + 1e-6);
    expect(worst).toBeGreaterThan(0.4 * step);
    expect([grid[0], grid[1]]).toEqual([0, 255]);
  });

  it("holds what lies outside at the ends", () => {
    expect([...quantise(Float32Array.of(-1, 7, 100)).grid]).toEqual([0, 255, 255]);
  });
});

describe("PackedFeatures", () => {
  const all = [features(), features(), features()];
  const packed = new PackedFeatures(3, shape);
  all.forEach((each, row) => packed.set(row, each));

  it("gives the rows that are asked for, in that order and as often", () => {
    const rows = [2, 0, 2];
    const grids = packed.gridsOf(rows);
    const means = packed.meansOf(rows);
    expect([grids.length, means.length]).toEqual([72, 12]);
    rows.forEach((row, at) => {
      const { values, pooled, step } = all[row] as (typeof all)[0];
      values.forEach((value, i) =>
        expect(Math.abs((grids[at * 24 + i] as number) - value)).toBeLessThan(step * 0.51),
      );
      expect(means.slice(at * 4, at * 4 + 4)).toEqual(pooled);
    });
    expect(packed.gridsOf([])).toEqual(new Float32Array(0));
  });

  it("refuses rows that are not there and grids of another shape", () => {
    for (const row of [-1, 3, 0.5]) {
      expect(() => packed.gridsOf([row])).toThrow("FEATURES_ROW");
      expect(() => packed.meansOf([row])).toThrow("FEATURES_ROW");
      expect(() => packed.set(row, features())).toThrow("FEATURES_ROW");
    }
    expect(() => packed.set(0, { ...features(), shape: [3, 2, 4] })).toThrow(
      /FEATURES_SHAPE: .*\[2, 3, 4\], got \[3, 2, 4\]/,
    );
  });
});
