import { ConfigError } from "@timestep/base";
import {
  customGrad,
  engine,
  type GradSaveFunc,
  mul,
  type NamedTensorMap,
  reshape,
  type Tensor,
  type Tensor1D,
  tensor,
  type Tensor3D,
} from "@tensorflow/tfjs-core";
import { engineHas, gradientsAreRecorded } from "../own-kernels.js";
import { checkFeasible, checkFrames, checkLabels, checkReadable } from "./checks.js";
import { ctcForwardBackward } from "./forward-backward.js";

/** What {@link ctcLoss} does with a row that has too few frames for its labels. */
export const infeasibleChoices = ["error", "zero", "infinity"] as const;
export type Infeasible = (typeof infeasibleChoices)[number];

/** How {@link ctcLoss} is computed. */
export type CtcPath = "auto" | "reference" | "kernel";

export interface CtcOptions {
  /** One list per row: classes other than the blank, without padding. */
  readonly labels: readonly (readonly number[])[];
  /** [B], whole frames from 0 to T. */
  readonly lengths: readonly number[];
  /** The class that stands for "no label"; default 0. */
  readonly blank?: number;
  /**
   * For rows with too few frames: "error" (the default) refuses them, "zero" gives loss 0, "infinity" gives Infinity;
   * the gradient of such rows is zeros.
   */
  readonly infeasible?: Infeasible;
  /** "auto" takes the engine's own kernel where it has one, else the reference in plain code. */
  readonly path?: CtcPath;
}

/** An engine's kernel: takes [logits], gives [losses [B], gradients [B, T, C] or, unless asked for, an empty tensor]. */
const kernelName = "TimestepCtc";

/**
 * Connectionist temporal classification: -ln of the probability that the frames say the labels, summed over all ways to
 * place them in time. Each frame says one class or the blank; repeats merge and blanks vanish.
 *
 *   loss = -ln Σ{paths π that collapse to the labels} Πt softmax(logits)t,π(t)
 *
 * **Shapes.** `logits` [B, T, C], not normalised (the log-softmax is inside) -> losses [B] in nats, one per row;
 * differentiable in the logits.
 *
 * **Lengths.** Frames at or after a row's length are not read and get gradient zero. A row of length 0 with no labels
 * has loss 0; with labels it is infeasible. A row without labels has the loss of saying blanks only.
 *
 * **Values that are not finite.** NaN or Infinity among a row's frames makes its loss and gradient NaN and leaves other
 * rows alone. -Infinity is a class that is impossible; where that leaves no alignment, the row has loss Infinity
 * (0 with `infeasible: "zero"`) and gradient zeros.
 *
 * **Cost.** B·T·(C + 6L) exponentials in plain code, a few times fewer in an engine's kernel, which shares the rows among
 * threads. The gradient is made together with the loss, when TF.js records gradients.
 *
 * @throws {ShapeError} CTC_LOGITS_RANK, CTC_LENGTHS, CTC_LABELS.
 * @throws {DataError} CTC_LABEL_RANGE when a label is no class, or the blank; CTC_LABEL_TOO_LONG when a row has too few
 *   frames and `infeasible` is "error".
 * @throws {ConfigError} CTC_BLANK, CTC_INFEASIBLE; CTC_PATH when the engine has no kernel and `path` asks for it.
 * @throws {EngineError} CTC_ENGINE on an engine that has no kernel and cannot read tensors synchronously.
 * @see Graves et al. 2006, doi:10.1145/1143844.1143891; the equations stand at `ctcForwardBackward`.
 *
 * @example
 * ```ts
 * const losses = ctcLoss(logits, { labels: [[3, 3, 5], [1]], lengths: [40, 32] });   // [2]
 * ```
 */
export function ctcLoss(logits: Tensor3D, options: CtcOptions): Tensor1D {
  const { labels, lengths, blank = 0, infeasible = "error", path = "auto" } = options;
  checkFrames(logits, lengths, blank);
  checkLabels(labels, logits.shape[0], logits.shape[2], blank);
  if (!infeasibleChoices.includes(infeasible)) {
    throw new ConfigError(
      "CTC_INFEASIBLE",
      `"${String(infeasible)}" says nothing about rows with too few frames.`,
      {
        hint: `Use one of ${infeasibleChoices.join(", ")}.`,
      },
    );
  }
  if (infeasible === "error") checkFeasible(labels, lengths);
  const compute = kernelIsTaken(path, logits) ? byKernel : byReference;
  if (compute === byReference) checkReadable("ctcLoss");
  const request: Request = {
    labels,
    lengths,
    blank,
    zeroInfinity: infeasible === "zero",
    gradient: gradientsAreRecorded(),
  };
  const run = customGrad((...given) => {
    const [input, save] = given as [Tensor3D, GradSaveFunc];
    const { losses, gradients } = compute(input, request);
    save([gradients]);
    const gradFunc = (upstream: Tensor, saved: Tensor[]): Tensor =>
      mul(saved[0] as Tensor, reshape(upstream, [upstream.size, 1, 1]));
    return { value: losses, gradFunc };
  });
  return run(logits) as Tensor1D;
}

interface Request {
  readonly labels: readonly (readonly number[])[];
  readonly lengths: readonly number[];
  readonly blank: number;
  readonly zeroInfinity: boolean;
  readonly gradient: boolean;
}

interface LossAndGradient {
  /** [B] */
  readonly losses: Tensor;
  /** Of each row's loss, [B, T, C]; empty when no gradient is recorded. */
  readonly gradients: Tensor;
}

function kernelIsTaken(path: CtcPath, logits: Tensor3D): boolean {
  if (path === "reference") return false;
  if (path === "kernel" && !engineHas(kernelName)) {
    throw new ConfigError("CTC_PATH", "the running engine has no kernel for CTC.", {
      hint: 'Use engine native, or path "auto".',
    });
  }
  return logits.size > 0 && engineHas(kernelName);
}

function byKernel(logits: Tensor3D, request: Request): LossAndGradient {
  const attributes = {
    ...request,
    labels: request.labels.map((row) => [...row]),
    lengths: [...request.lengths],
  };
  const inputs: NamedTensorMap = { logits };
  // TF.js types attributes as numbers and strings; it hands on whatever it gets.
  const results: Tensor[] = engine().runKernel(kernelName, inputs, attributes as never);
  return { losses: results[0] as Tensor, gradients: results[1] as Tensor };
}

function byReference(logits: Tensor3D, request: Request): LossAndGradient {
  const [batch, time, classes] = logits.shape;
  const { labels, lengths, blank, zeroInfinity } = request;
  const values = logits.dataSync();
  const gradients = request.gradient ? new Float32Array(values.length) : null;
  const losses = lengths.map((length, b) => {
    const row = {
      logits: values,
      offset: b * time * classes,
      length,
      labels: labels[b] as readonly number[],
    };
    const loss = ctcForwardBackward(row, classes, blank, gradients);
    return loss === Infinity && zeroInfinity ? 0 : loss;
  });
  return {
    losses: tensor(losses, [batch], "float32"),
    gradients: gradients === null ? tensor([], [0], "float32") : tensor(gradients, logits.shape, "float32"),
  };
}
