import { type TensorContainer, tidy } from "@tensorflow/tfjs-core";

/**
 * `tidy` for results of any plain shape: frees every tensor made on the way but those of the result. TF.js's own types
 * know containers with an index signature only.
 */
export function tidied<T extends object>(run: () => T): T {
  return tidy(() => run() as TensorContainer) as T;
}
