import { engine, type NamedTensorMap, type Tensor, type TensorInfo } from "@tensorflow/tfjs-core";
import { engineHas } from "./own-kernels.js";

/**
 * Promises that the numbers of tensors stay as they are, until the function that comes back is called; for a tensor that
 * is disposed there is no need to. Meanwhile an engine may keep copies in the order in which its kernels read them:
 * `native` packs weights once and not again for every product. On other engines this does nothing.
 *
 * A variable may be assigned meanwhile; the promise is about what it holds now.
 *
 * @example
 * ```ts
 * const release = holdConstant([weights]);
 * const outputs = inputs.map((x) => matMul(x, weights));
 * release();
 * ```
 */
export function holdConstant(tensors: readonly Tensor[]): () => void {
  if (!engineHas("TimestepHold")) return () => undefined;
  // Data is known by its id, also when a variable has got other data in the meantime.
  const held = tensors.map(({ dataId, shape, dtype }): TensorInfo => ({ dataId, shape, dtype }));
  const tell = (kernelName: string): void => {
    if (!engineHas(kernelName)) return;
    const inputs = Object.fromEntries(held.map((info, index) => [`x${index}`, info]));
    engine().runKernel(kernelName, inputs as unknown as NamedTensorMap);
  };
  tell("TimestepHold");
  let done = false;
  return () => {
    if (!done) tell("TimestepRelease");
    done = true;
  };
}
