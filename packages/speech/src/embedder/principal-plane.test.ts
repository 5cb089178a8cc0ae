import { seeded } from "@timestep/base";
import { describe, expect, it } from "vitest";
import { principalPlane } from "./principal-plane.js";

describe("the principal plane", () => {
  it("lies along the two directions in which vectors differ most", () => {
    const random = seeded(3);
    // Wide along (0, 3, 4)/5, less wide along (0, -4, 3)/5, nearly nothing along the first coordinate.
    const spread = Array.from({ length: 300 }, () => [10 * random.normal(), 3 * random.normal()] as const);
    const vectors = spread.map(([a, b]) =>
      Float32Array.of(5 + 0.1 * random.normal(), (3 * a - 4 * b) / 5, (4 * a + 3 * b) / 5),
    );
    const { points, shares } = principalPlane(vectors);
    expect(shares[0]).toBeGreaterThan(0.88);
    expect(shares[0] + shares[1]).toBeGreaterThan(0.999);
    const agreement = (axis: 0 | 1): number => {
      const mean = spread.reduce((sum, one) => sum + one[axis], 0) / spread.length;
      const [both, own, other] = points.reduce(
        ([xy, xx, yy], point, n) => {
          const y = (spread[n]?.[axis] ?? NaN) - mean;
          return [xy + point[axis] * y, xx + point[axis] ** 2, yy + y * y] as const;
        },
        [0, 0, 0] as readonly [number, number, number],
      );
      return Math.abs(both) / Math.sqrt(own * other);
    };
    expect(agreement(0)).toBeGreaterThan(0.999);
    expect(agreement(1)).toBeGreaterThan(0.99);
    expect(principalPlane(vectors)).toEqual({ points, shares });
  });

  it("is a point where nothing differs, and empty of nothing", () => {
    const { points, shares } = principalPlane([Float32Array.of(1, 2), Float32Array.of(1, 2)]);
    expect(points.flat().every((value) => value === 0)).toBe(true);
    expect(shares).toEqual([0, 0]);
    expect(principalPlane([]).points).toEqual([]);
  });
});
