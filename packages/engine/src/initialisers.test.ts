import { seeded } from "@timestep/base";
import { describe, expect, it } from "vitest";
import {
  constant,
  glorotUniform,
  normal,
  orthogonal,
  sideBySide,
  toBeLoaded,
  uniform,
  type Values,
  zeros,
} from "./initialisers.js";

const at = ({ shape, data }: Values, row: number, column: number): number =>
  data[row * (shape[1] ?? 0) + column] as number;

/** The largest distance of XᵀX (tall) or XXᵀ (wide) from the identity. */
function distanceFromIdentity(values: Values): number {
  const [rows = 0, columns = 0] = values.shape;
  const tall = rows >= columns;
  const [short, long] = tall ? [columns, rows] : [rows, columns];
  let worst = 0;
  for (let a = 0; a < short; a++) {
    for (let b = 0; b < short; b++) {
      let dot = 0;
      for (let i = 0; i < long; i++)
        dot += tall ? at(values, i, a) * at(values, i, b) : at(values, a, i) * at(values, b, i);
      worst = Math.max(worst, Math.abs(dot - (a === b ? 1 : 0)));
    }
  }
  return worst;
}

describe("orthogonal", () => {
  it.each([
    [6, 6],
    [40, 40],
    [30, 7],
    [7, 30],
    [5, 1],
    [1, 5],
    [2, 2],
  ])("[%i, %i] has orthonormal rows or columns", (rows, columns) => {
    const values = orthogonal(rows, columns, seeded(1));
    expect(values.shape).toEqual([rows, columns]);
    expect(values.data).toHaveLength(rows * columns);
    expect(distanceFromIdentity(values)).toBeLessThan(1e-5);
  });

  it("gives the same bits for the same seed and others for another", () => {
    const bits = (seed: number): number[] =>
      Array.from(new Uint32Array(orthogonal(9, 5, seeded(seed)).data.buffer));
    expect(bits(3)).toEqual(bits(3));
    expect(bits(3)).not.toEqual(bits(4));
  });

  it("is drawn uniformly: no entry leans to one side", () => {
    // Without the signs of R's diagonal moved into Q, the first entry would always have the same sign. Uniformly over
    // the orthogonal matrices of side n an entry has mean 0 and variance 1/n, here 1/3.
    const random = seeded(5);
    const count = 2000;
    const sums = new Float64Array(9);
    const squares = new Float64Array(9);
    for (let n = 0; n < count; n++) {
      orthogonal(3, 3, random).data.forEach((value, i) => {
        sums[i] = (sums[i] as number) + value;
        squares[i] = (squares[i] as number) + value * value;
      });
    }
    for (const sum of sums) expect(Math.abs(sum / count)).toBeLessThan(0.055); // standard error 0.013
    for (const square of squares) expect(Math.abs(square / count - 1 / 3)).toBeLessThan(0.03); // standard error 0.007
  });

  it("[1, 1] is 1 or -1, both of them", () => {
    const random = seeded(6);
    const seen = new Set(Array.from({ length: 40 }, () => orthogonal(1, 1, random).data[0]));
    expect(seen).toEqual(new Set([1, -1]));
  });

  it("[512, 512] takes well under a second on an idle core", () => {
    const started = performance.now();
    orthogonal(512, 512, seeded(2));
    expect(performance.now() - started).toBeLessThan(5000); // about 250 ms; the bound leaves room for a busy machine
  });
});

describe("glorotUniform", () => {
  it("fills ±√(6 / (fanIn + fanOut)) to the edges", () => {
    const { shape, data } = glorotUniform([50, 100], seeded(1)); // √(6/150) = 0.2
    expect(shape).toEqual([50, 100]);
    const most = data.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
    expect(most).toBeLessThanOrEqual(Math.fround(0.2));
    expect(most).toBeGreaterThan(0.199);
    const variance = data.reduce((sum, v) => sum + v * v, 0) / data.length;
    expect(Math.abs(variance - 0.04 / 3)).toBeLessThan(0.0006); // a uniform's variance; standard error 0.00017
  });

  it("takes other fans than the shape's", () => {
    const { data } = glorotUniform([50, 400], seeded(1), { fanOut: 100 });
    expect(data.reduce((a, b) => Math.max(a, Math.abs(b)), 0)).toBeGreaterThan(0.199);
    const narrow = glorotUniform([50, 400], seeded(1), { fanIn: 200 }); // √(6/600) = 0.1
    expect(narrow.data.reduce((a, b) => Math.max(a, Math.abs(b)), 0)).toBeLessThanOrEqual(Math.fround(0.1));
  });
});

describe("the plain ones", () => {
  it("fill their shape", () => {
    expect(zeros([2, 3])).toEqual({ shape: [2, 3], data: new Float32Array(6) });
    expect(constant([2], 1.5)).toEqual({ shape: [2], data: new Float32Array([1.5, 1.5]) });
    expect(zeros([0, 3]).data).toHaveLength(0);
    expect(zeros([]).data).toHaveLength(1);
  });

  it("normal has its deviation, uniform its limit", () => {
    const drawn = normal([10_000], 0.1, seeded(3)).data;
    expect(Math.abs(Math.sqrt(drawn.reduce((sum, v) => sum + v * v, 0) / 10_000) - 0.1)).toBeLessThan(0.003);
    const flat = uniform([10_000], 2, seeded(4)).data;
    expect(Math.abs(flat.reduce((a, b) => Math.min(a, b)) + 2)).toBeLessThan(0.01);
    expect(Math.abs(flat.reduce((a, b) => Math.max(a, b)) - 2)).toBeLessThan(0.01);
  });
});

describe("sideBySide", () => {
  it("lays columns beside one another", () => {
    const left: Values = { shape: [2, 1], data: new Float32Array([1, 2]) };
    const right: Values = { shape: [2, 3], data: new Float32Array([3, 4, 5, 6, 7, 8]) };
    expect(sideBySide([left, right])).toEqual({
      shape: [2, 4],
      data: new Float32Array([1, 3, 4, 5, 2, 6, 7, 8]),
    });
  });

  it("of one part is that part", () => {
    const only: Values = { shape: [2, 2], data: new Float32Array([1, 2, 3, 4]) };
    expect(sideBySide([only])).toEqual(only);
  });
});

describe("toBeLoaded", () => {
  it("makes every random start zeros, of the shape asked for", () => {
    const starts = [
      uniform([2, 3], 1, toBeLoaded),
      normal([2, 3], 1, toBeLoaded),
      glorotUniform([2, 3], toBeLoaded),
      orthogonal(2, 3, toBeLoaded),
    ];
    for (const { shape, data } of starts) {
      expect(shape).toEqual([2, 3]);
      expect([...data]).toEqual([0, 0, 0, 0, 0, 0]);
    }
  });
});
