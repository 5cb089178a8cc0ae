import { seeded } from "@timestep/base";
import { grads, mul, sum, type Tensor, tensor, tidy } from "@tensorflow/tfjs-core";
import { startEngine } from "../engine.js";

/** A tensor's shape, type and values, taken off the engine that made it. */
export interface Copy {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly data: ArrayLike<number>;
}

/** Seeded normal values, or whole numbers from -9 to 9 for int32, and 0 and 1 for bool. */
export function drawn(
  seed: number,
  shape: readonly number[],
  dtype: "float32" | "int32" | "bool" = "float32",
): Tensor {
  const random = seeded(seed);
  const size = shape.reduce((product, n) => product * n, 1);
  const draw = {
    float32: () => random.normal(),
    int32: () => random.integer(19) - 9,
    bool: () => random.integer(2),
  }[dtype];
  return tensor(
    Array.from({ length: size }, () => draw()),
    [...shape],
    dtype,
  );
}

/** What `compute` gives on the plain JavaScript engine and on WebAssembly; it is called once on each. */
export async function onBoth(compute: () => Tensor[]): Promise<{ cpu: Copy[]; wasm: Copy[] }> {
  const copies: Copy[][] = [];
  for (const engine of ["cpu", "wasm"]) {
    await startEngine({ engine });
    const results = tidy(compute);
    copies.push(
      results.map((result) => ({
        shape: result.shape,
        dtype: result.dtype,
        data: result.dataSync().slice(),
      })),
    );
    for (const result of results) result.dispose();
  }
  return { cpu: copies[0] as Copy[], wasm: copies[1] as Copy[] };
}

/**
 * f of the inputs, and the gradients of Σ weight·f in all of them, the weights being drawn so that each output
 * takes part with its own.
 */
export function valueAndGradients(f: (...inputs: Tensor[]) => Tensor, inputs: Tensor[]): Tensor[] {
  const value = f(...inputs);
  const weights = drawn(99, value.shape);
  return [value, ...grads((...xs: Tensor[]) => sum(mul(f(...xs), weights)))(inputs)];
}
