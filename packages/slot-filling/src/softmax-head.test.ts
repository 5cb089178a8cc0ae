import { seeded } from "@timestep/base";
import { startEngine } from "@timestep/engine";
import { expectGradients } from "@timestep/testing";
import { softmax, tensor3d, type Tensor3D, tidy } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { softmaxPaths, tokenLoss } from "./softmax-head.js";

const [batch, time, size] = [2, 3, 4];
const lengths = [3, 1];
const tags = [[1, 0, 3], [2]];
const scores = (padding = 0): Tensor3D => {
  const random = seeded(8);
  const values = Float32Array.from({ length: batch * time * size }, () => random.normal());
  values.fill(padding, (time + 1) * size); // beyond the single step of the second row
  return tensor3d(values, [batch, time, size]);
};
const logSoftmax = (row: readonly number[]): number[] => {
  const total = Math.log(row.reduce((sum, x) => sum + Math.exp(x), 0));
  return row.map((x) => x - total);
};

beforeAll(() => startEngine({ engine: "wasm" }));

describe("tokenLoss", () => {
  it("is the mean over tokens, not over rows or padding", () => {
    const emissions = scores();
    const rows = emissions.arraySync();
    const losses = tags.flatMap((row, b) =>
      row.map((tag, t) => -(logSoftmax(rows[b]?.[t] ?? [])[tag] as number)),
    );
    const expected = losses.reduce((total, loss) => total + loss, 0) / 4;
    expect(tidy(() => tokenLoss(emissions, tags).dataSync()[0])).toBeCloseTo(expected, 5);
    expect(tidy(() => tokenLoss(scores(99), tags).dataSync()[0])).toBeCloseTo(expected, 5);
  });

  it("matches numeric gradients", async () => {
    await expectGradients((emissions) => tokenLoss(emissions as Tensor3D, tags), [scores()]).within(1e-3);
  });
});

describe("softmaxPaths", () => {
  it("takes the most probable tag of each step, and the product as the path's probability", () => {
    const rows = scores().arraySync();
    const { paths, marginals } = softmaxPaths(softmax(scores()), lengths);
    expect(paths.map((path) => path.tags.length)).toEqual(lengths);
    paths.forEach(({ tags: path, probability }, b) => {
      const logs = path.map((tag, t) => {
        const step = logSoftmax(rows[b]?.[t] ?? []);
        expect(step[tag]).toBe(Math.max(...step));
        return step[tag] as number;
      });
      const total = logs.reduce((sum, x) => sum + x, 0);
      expect(Math.log(probability)).toBeCloseTo(total, 5);
    });
    for (const step of marginals.flat()) expect(step.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 5);
  });

  it("has nothing for a row without steps", () => {
    const { paths, marginals } = softmaxPaths(softmax(scores()), [0, 0]);
    expect(paths.map((path) => path.tags)).toEqual([[], []]);
    expect(marginals).toEqual([[], []]);
  });
});
