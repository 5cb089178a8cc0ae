import { seeded } from "@timestep/base";
import { startEngine } from "@timestep/engine";
import { expectClose, expectGradients, expectNoLeaks } from "@timestep/testing";
import { concat, type Tensor, type Tensor3D, tensor3d } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { drawn, scattered, setParameters } from "../recurrent/cells.fixture.js";
import { AttentionPooling } from "./attention-pooling.js";

beforeAll(async () => {
  await startEngine({ engine: "cpu" });
});

const pooling = (): AttentionPooling =>
  new AttentionPooling({ inputSize: 3, attentionSize: 4, random: seeded(1) });
const lengths = [5, 2, 1];

describe("AttentionPooling", () => {
  it("weighs two steps by hand", () => {
    const layer = new AttentionPooling({ inputSize: 1, attentionSize: 1, random: seeded(1) });
    setParameters(layer, { "hidden.kernel": [1], "hidden.bias": [0], "score.kernel": [2] });
    // Energies 2·tanh(0) = 0 and 2·tanh(1) = 1.5231883: weights 1/(1+e^1.5231883) = 0.1789894 and 0.8210106.
    const { pooled, weights } = layer.run(tensor3d([[[0], [1]]]), [2]);
    expectClose(weights, [0.1789894, 0.8210106], 1e-5);
    expectClose(pooled, [0.8210106], 1e-5);
  });

  it("gives weights that add up to 1 over the steps of a row, and nothing beyond", () => {
    const { pooled, weights } = scattered(pooling()).run(drawn(1, [3, 5, 3], 3), lengths);
    expect(pooled.shape).toEqual([3, 3]);
    weights.arraySync().forEach((row, b) => {
      const length = lengths[b] as number;
      expect(row.reduce((total, weight) => total + weight, 0)).toBeCloseTo(1, 5);
      expect(row.slice(length).every((weight) => weight === 0)).toBe(true);
      expect(row.slice(0, length).every((weight) => weight > 0)).toBe(true);
    });
  });

  it("equals its rows one by one, whatever the padding holds", () => {
    const layer = scattered(pooling());
    const rows = lengths.map((length, b) => drawn<Tensor3D>(10 + b, [1, length, 3]));
    const padded = rows.map((row, b) =>
      row.shape[1] === 5 ? row : concat([row, drawn<Tensor3D>(20 + b, [1, 5 - row.shape[1], 3], 100)], 1),
    );
    const { pooled } = layer.run(concat(padded, 0), lengths);
    const alone = rows.map((row) => layer.run(row, [row.shape[1]]).pooled);
    expectClose(pooled, concat(alone, 0), 1e-5);
  });

  it("gives a row without steps no preference and stays finite", () => {
    const { pooled } = scattered(pooling()).run(drawn(1, [1, 4, 3]), [0]);
    expect(pooled.dataSync().every(Number.isFinite)).toBe(true);
  });

  it("matches numeric gradients", async () => {
    const layer = scattered(pooling());
    const inputs = [drawn(2, [3, 5, 3]), ...layer.parameters().map((p) => p.variable)];
    const f = (x: Tensor): Tensor => layer.run(x as Tensor3D, lengths).pooled;
    await expectGradients(f as (...xs: Tensor[]) => Tensor, inputs).within(1e-3);
  });

  it("leaves nothing behind but its results", async () => {
    const layer = pooling();
    const x = drawn<Tensor3D>(1, [3, 5, 3]);
    await expectNoLeaks(() => void layer.run(x, lengths), { keeps: 2 });
  });
});
