import { seeded } from "@timestep/base";
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import { type Addon, loadAddon } from "../addon.js";

/** The addon, or undefined where it was not built: its tests are then skipped. */
export const addon = ((): Addon | undefined => {
  try {
    return loadAddon();
  } catch (failure) {
    console.warn(`tests of native kernels are skipped: ${String(failure)}`);
    return undefined;
  }
})();

/** Normal numbers, the same for a seed. */
export function drawn(seed: number, shape: readonly number[]): Tensor {
  const random = seeded(seed);
  const size = shape.reduce((product, length) => product * length, 1);
  return tf.tensor(
    Array.from({ length: size }, () => random.normal()),
    [...shape],
    "float32",
  );
}

export type Compute = () => Tensor | Tensor[];

interface Result {
  readonly shape: number[];
  readonly dtype: string;
  readonly data: number[];
}

async function on(backend: string, compute: Compute): Promise<Result[]> {
  await tf.setBackend(backend);
  const before = tf.memory().numTensors;
  const tensors = [tf.tidy(() => compute() as Tensor)].flat();
  const results = tensors.map((tensor) => ({
    shape: tensor.shape,
    dtype: tensor.dtype,
    data: Array.from(tensor.dataSync() as Float32Array),
  }));
  tf.dispose(tensors);
  expect(tf.memory().numTensors, `tensors left behind on ${backend}`).toBe(before);
  return results;
}

/** Expects `native` to give what `cpu` gives, to a relative error where numbers are above 1 and an absolute one below. */
export async function expectAsOnCpu(compute: Compute, tolerance = 2e-5): Promise<void> {
  const cpu = await on("cpu", compute);
  const native = await on("native", compute);
  const described = (results: Result[]): unknown => results.map(({ shape, dtype }) => ({ shape, dtype }));
  expect(described(native)).toEqual(described(cpu));
  native.forEach(({ data }, index) => {
    data.forEach((value, at) => {
      const other = cpu[index]?.data[at] as number;
      if (Object.is(value, other) || value === other) return;
      const error = Math.abs(value - other) / Math.max(1, Math.abs(other));
      expect(error, `result ${index}, element ${at}: ${value} for ${other}`).toBeLessThan(tolerance);
    });
  });
}

/** f and the gradients of Σ weight·f by each of its inputs, which are drawn in these shapes. */
export function withGradients(f: (...xs: Tensor[]) => Tensor, shapes: readonly number[][]): Compute {
  return () => {
    const inputs = shapes.map((shape, index) => drawn(index + 1, shape));
    const value = f(...inputs);
    const weights = drawn(99, value.shape);
    return [value, ...tf.grads((...xs: Tensor[]) => tf.sum(tf.mul(f(...xs), weights)))(inputs)];
  };
}
