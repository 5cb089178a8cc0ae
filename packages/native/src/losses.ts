import type { KernelConfig, TensorInfo } from "@tensorflow/tfjs-core";
import { floats, fresh, type KernelArguments, make } from "./backend-values.js";
import type { LossesAddon } from "./losses-addon.js";

/** The losses over whole sequences. @timestep/core calls them by name, and its `ctcLoss` states the contract. */
export function lossKernels(addon: LossesAddon): Omit<KernelConfig, "backendName">[] {
  return [{ kernelName: "TimestepCtc", kernelFunc: (call) => ctc(addon, call) }];
}

interface CtcAttributes {
  readonly labels: readonly (readonly number[])[];
  readonly lengths: readonly number[];
  readonly blank: number;
  readonly zeroInfinity: boolean;
  readonly gradient: boolean;
}

/** [logits] -> [losses [B], gradients [B, T, C] or an empty tensor]. */
function ctc(addon: LossesAddon, { inputs, attrs, backend }: KernelArguments): TensorInfo[] {
  const logits = (inputs as { logits: TensorInfo }).logits;
  const { labels, lengths, blank, zeroInfinity, gradient } = attrs as unknown as CtcAttributes;
  const [batch = 0, time = 0, classes = 0] = logits.shape;
  const losses = fresh(backend, batch);
  const gradients = gradient ? fresh(backend, batch * time * classes) : undefined;
  addon.ctcLoss(
    floats(backend, logits),
    Int32Array.from(lengths),
    Int32Array.from(labels.flat()),
    Int32Array.from(labels, (row) => row.length),
    losses,
    gradients,
    batch,
    time,
    classes,
    blank,
    zeroInfinity,
  );
  return [
    make(backend, [batch], "float32", losses),
    make(backend, gradients === undefined ? [0] : logits.shape, "float32", gradients ?? fresh(backend, 0)),
  ];
}
