import { startEngine } from "@timestep/engine";
import { matMul, memory, tensor2d, tile, type Variable, variable } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { holdConstant } from "./hold-constant.js";
import { engineHas } from "./own-kernels.js";

/** Bytes of what the engine keeps, where it tells. */
function keptBytes(): number {
  return (memory() as { heldOperandBytes?: number }).heldOperandBytes ?? 0;
}

describe.each(["native", "wasm", "cpu"])("holding tensors on %s", (name) => {
  let runs = false;
  beforeAll(async () => {
    runs = await startEngine({ engine: name }).then(
      () => true,
      () => false,
    );
  });

  it("changes no result, and ends with the release", ({ skip }) => {
    skip(!runs, `${name} does not start here`);
    const keeps = engineHas("TimestepHold");
    const x = tile(tensor2d([1, 2, 3, 4, 5, 6], [2, 3]), [3, 1]);
    const weights = tensor2d([1, 0, 2, 1, 0, 3], [3, 2]);
    const before = keptBytes();
    const release = holdConstant([weights]);
    for (let turn = 0; turn < 2; turn++) {
      expect([...matMul(x, weights).dataSync()]).toEqual([5, 11, 14, 23, 5, 11, 14, 23, 5, 11, 14, 23]);
      expect([...matMul(x, weights, false, false).shape]).toEqual([6, 2]);
    }
    expect(keptBytes() > before).toBe(keeps);
    release();
    release();
    expect(keptBytes()).toBe(before);
    expect([...matMul(x, weights).dataSync()]).toEqual([5, 11, 14, 23, 5, 11, 14, 23, 5, 11, 14, 23]);
  });

  it("follows a variable that is assigned meanwhile", ({ skip }) => {
    skip(!runs, `${name} does not start here`);
    const x = tensor2d([[1, 1]]);
    const weights: Variable = variable(tensor2d([[1], [2]]));
    const before = keptBytes();
    const release = holdConstant([weights]);
    expect([...matMul(x, weights as never).dataSync()]).toEqual([3]);
    weights.assign(tensor2d([[5], [6]]));
    expect([...matMul(x, weights as never).dataSync()]).toEqual([11]);
    release();
    weights.dispose();
    expect(keptBytes()).toBe(before);
  });
});
