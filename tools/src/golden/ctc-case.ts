import { ctcLoss, type CtcOptions } from "@timestep/core";
import { type CtcGolden, largestRelativeError } from "@timestep/testing";
import { dispose, grads, sum, type Tensor, tensor, type Tensor3D, tidy } from "@tensorflow/tfjs-core";
import type { CaseError } from "./recurrent-case.js";

/** Runs a case on the present engine and compares its losses and their gradient. */
export function checkCtcCase(golden: CtcGolden, path: NonNullable<CtcOptions["path"]>): CaseError {
  const options: CtcOptions = {
    labels: golden.targets.map((row, b) => row.slice(0, golden.targetLengths[b])),
    lengths: golden.logitLengths,
    blank: golden.blank,
    infeasible: golden.zeroInfinity ? "zero" : "infinity",
    path,
  };
  const [losses, gradient] = tidy(() => {
    const logits: Tensor3D = tensor(Float32Array.from(golden.logits.data), [...golden.logits.shape] as [
      number,
      number,
      number,
    ]);
    const total = (x: Tensor) => sum(ctcLoss(x as Tensor3D, options));
    return [ctcLoss(logits, options), ...grads(total)([logits])] as [Tensor, Tensor];
  });
  const errors: [string, number][] = [
    ["losses", largestRelativeError(losses.dataSync(), golden.losses.data)],
    ["gradient of the logits", largestRelativeError(gradient.dataSync(), golden.gradient.data)],
  ];
  dispose([losses, gradient]);
  const [where, largest] = errors.reduce((worst, error) => (error[1] > worst[1] ? error : worst));
  return { largest, where };
}
