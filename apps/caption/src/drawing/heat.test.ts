import { describe, expect, it } from "vitest";
import { heatOf } from "./heat.js";

describe("heatOf", () => {
  it("is even where weights are, and 1 at its highest point", () => {
    const heat = heatOf([0.2, 0.2, 0.2, 0.2, 0.2, 0.2], { rows: 2, columns: 3 }, { width: 13, height: 7 });
    expect(heat).toHaveLength(91);
    for (const value of heat) expect(value).toBeCloseTo(1, 6);
  });

  it("is highest in the middle of the heaviest place, and falls from there", () => {
    const weights = new Float32Array(9);
    weights[5] = 0.7; // second row, last column
    const heat = heatOf(weights, { rows: 3, columns: 3 }, { width: 30, height: 30 });
    const at = (y: number, x: number): number => heat[y * 30 + x] as number;
    expect(at(15, 29)).toBeCloseTo(1, 1);
    expect(at(15, 25)).toBeGreaterThan(0.8);
    expect(at(15, 20)).toBeGreaterThan(at(15, 12));
    expect(at(25, 25)).toBeLessThan(0.5);
    expect(at(15, 2)).toBe(0);
  });

  it("stays between the least and the greatest weight, as a cubic B-spline does", () => {
    const weights = Array.from({ length: 16 }, (_, place) => 0.1 + ((7 * place) % 16));
    const heat = heatOf(weights, { rows: 4, columns: 4 }, { width: 41, height: 37 });
    expect(Math.max(...heat)).toBeCloseTo(1, 6);
    expect(Math.min(...heat)).toBeGreaterThanOrEqual(0.1 / 15.1);
  });

  it("takes the values of the spline: 2/3 of a lone place and 1/6 of each neighbour in its middle", () => {
    const heat = heatOf([0, 0, 1, 0, 0], { rows: 1, columns: 5 }, { width: 5, height: 1 });
    expect([...heat].map((value) => Number(value.toFixed(4)))).toEqual([0, 0.25, 1, 0.25, 0]);
  });

  it("is dark where there is no weight at all", () => {
    expect([...heatOf([0, 0], { rows: 1, columns: 2 }, { width: 2, height: 1 })]).toEqual([0, 0]);
  });
});
