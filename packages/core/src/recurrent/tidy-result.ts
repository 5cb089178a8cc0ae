import { type TensorContainer, tidy } from "@tensorflow/tfjs-core";
import type { SequenceResult } from "./cell.js";

/** Frees every tensor made on the way but those of the result. TF.js's types for this know plain containers only. */
export function tidyResult<State>(run: () => SequenceResult<State>): SequenceResult<State> {
  return tidy(() => ({ ...run() }) as unknown as TensorContainer) as unknown as SequenceResult<State>;
}
