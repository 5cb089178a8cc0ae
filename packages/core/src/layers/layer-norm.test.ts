import { startEngine } from "@timestep/engine";
import { expectClose, expectGradients, expectNoLeaks } from "@timestep/testing";
import { tensor1d, type Tensor, type Tensor1D, type Tensor2D, tensor2d, tidy } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { drawn } from "../recurrent/cells.fixture.js";
import { LayerNorm, layerNorm } from "./layer-norm.js";

const started = await startEngine({ engine: "native" }).then(
  () => true,
  () => false,
);
if (!started) console.warn("the native engine is not built: layer normalisation is tested on cpu only");

describe.each(started ? ["cpu", "native"] : ["cpu"])("layer normalisation on %s", (name) => {
  beforeAll(() => startEngine({ engine: name as "cpu" }));

  it("has the values worked by hand", () => {
    // Row 1: mean 2, variance (1 + 0 + 1)/3. Row 2 has no variance: what is left is the offset.
    const x = tensor2d([
      [1, 2, 3],
      [7, 7, 7],
    ]);
    const unit = 1 / Math.sqrt(2 / 3 + 0.25);
    const y = layerNorm(x, tensor1d([1, 2, 3]), tensor1d([0, 10, 20]), 0.25);
    expectClose(y, [-unit, 10, 20 + 3 * unit, 0, 10, 20], 1e-6);
  });

  it("keeps its digits far from zero", () => {
    const x = tensor2d([[10001, 10002, 10003]]);
    const unit = 1 / Math.sqrt(2 / 3 + 1e-5);
    expectClose(layerNorm(x, tensor1d([1, 1, 1]), tensor1d([0, 0, 0])), [-unit, 0, unit], 1e-5);
  });

  it.each([
    [[3, 4], 4],
    [[2, 2, 5], 5],
    [[7, 1], 1],
  ] as const)("matches numeric gradients, %j", async (shape, size) => {
    const f = (x: Tensor, gain: Tensor, offset: Tensor): Tensor =>
      layerNorm(x, gain as Tensor1D, offset as Tensor1D, 0.1);
    const inputs = [drawn(1, [...shape]), drawn(2, [size]), drawn(3, [size])];
    await expectGradients(f as (...xs: Tensor[]) => Tensor, inputs).within(2e-3);
  });

  it("starts as plain normalisation, and leaves no tensors behind", async () => {
    const module = new LayerNorm({ size: 4 });
    const x = drawn<Tensor2D>(4, [5, 4]);
    expect(module.parameters().map(({ path }) => path)).toEqual(["gain", "offset"]);
    const rows = tidy(() => module.apply(x).arraySync());
    for (const row of rows) {
      expect(row.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 5);
      expect(row.reduce((sum, value) => sum + value * value, 0)).toBeCloseTo(4, 2);
    }
    await expectNoLeaks(() => void module.apply(x), { keeps: 1 });
    module.dispose();
  });

  it("names a gain or offset of another size", () => {
    const module = new LayerNorm({ size: 4 });
    expect(() => module.apply(drawn(1, [2, 3]))).toThrow(/\[2, 3\] got a gain of \[4\]/);
    module.dispose();
  });
});
