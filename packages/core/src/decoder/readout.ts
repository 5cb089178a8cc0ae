import { add, matMul, tanh, type Tensor2D } from "@tensorflow/tfjs-core";
import type { AttentionDecoder } from "./attention-decoder.js";

/** tanh(h·R + c·C + e·D + b) of rows. */
export function readout(
  { hiddenReadout, contextReadout, inputReadout, readoutBias }: AttentionDecoder,
  h: Tensor2D,
  context: Tensor2D | undefined,
  input?: Tensor2D,
): Tensor2D {
  let sum: Tensor2D = add(matMul(h, hiddenReadout), readoutBias); // [R, O]
  if (contextReadout !== undefined && context !== undefined) sum = add(sum, matMul(context, contextReadout));
  if (inputReadout !== undefined && input !== undefined) sum = add(sum, matMul(input, inputReadout));
  return tanh(sum);
}
