import { ShapeError } from "@timestep/base";
import {
  add,
  customGrad,
  gather,
  logSoftmax,
  matMul,
  mul,
  neg,
  oneHot,
  type Scalar,
  scalar,
  sum,
  type Tensor,
  type Tensor1D,
  tensor1d,
  type Tensor2D,
  tidy,
  zerosLike,
} from "@tensorflow/tfjs-core";
import {
  projectionKernelServes,
  projectedLossByKernel,
  projectedLossesByKernel,
} from "./projection-kernel.js";

/** How the losses of the rows are formed and added. */
export interface ProjectedCrossEntropyOptions {
  /** ε: the share of the target's probability that is spread over all V classes, 0 up to but not 1. Default 0. */
  readonly smoothing?: number;
  /** What each row's loss is multiplied by, N finite numbers. Default 1 each: the sum of the losses. */
  readonly weights?: ArrayLike<number>;
}

/** The output layer: logits = hidden · tableᵀ + bias. */
export interface Projection {
  /** [N, H]. */
  readonly hidden: Tensor2D;
  /** [V, H], a row for each class; an embedding's table fits as it is. */
  readonly table: Tensor2D;
  /** [V]; none when undefined. */
  readonly bias?: Tensor1D | undefined;
}

/**
 * Output layer and cross-entropy in one: the weighted sum of the rows' losses against smoothed targets.
 *
 *   p_i = softmax(table · hidden_i + bias)
 *   loss = Σ_i weights_i · ((1-ε)·(-log p_i[target_i]) + ε/V · Σ_v -log p_i[v])
 *
 * ε is the label smoothing of Szegedy et al. 2016, spread over all V classes, the target included, as PyTorch's
 * `label_smoothing` has it (others give the target 1-ε and the V-1 remaining ones ε between them). A mean over tokens is
 * had by weights of 1/N each. Rows of weight 0 cost nothing, whatever their target.
 *
 * **Shapes.** `hidden` [N, H], `table` [V, H], `bias` [V] or undefined, `targets` N ids 0 … V-1 -> scalar.
 *
 * **Cost.** Three products of N·V·H multiply-adds in training. On an engine with the kernel
 * `TimestepProjectedCrossEntropy` loss and gradients come from one call that holds a block of rows by V numbers;
 * elsewhere [N, V] tensors, several of them.
 *
 * @throws {ShapeError} LOSS_PROJECTION when table or bias does not fit, LOSS_TARGETS when there is not one target a row
 *   or one is none of 0 … V-1, LOSS_WEIGHTS when there is not one finite weight a row, LOSS_SMOOTHING when ε is out of
 *   range.
 * @see Szegedy et al. 2016, arXiv:1512.00567, section 7.
 */
export function projectedCrossEntropy(
  hidden: Tensor2D,
  table: Tensor2D,
  bias: Tensor1D | undefined,
  targets: ArrayLike<number>,
  options: ProjectedCrossEntropyOptions = {},
): Scalar {
  const projection = { hidden, table, bias };
  const rows = checkedRows(projection, targets, options);
  if (rows.count === 0) return nothingCounts(projection);
  if (projectionKernelServes()) return projectedLossByKernel(projection, rows);
  return tidy(() => {
    const counted = { ...projection, hidden: countedRows(hidden, rows) };
    const losses = smoothedLosses(counted, rows.countedTargets, rows.smoothing); // [n]
    return sum(mul(losses, tensor1d(rows.countedWeights))) as Scalar;
  });
}

/**
 * The loss of each row, not weighted, for reports: with ε = 0 the negative log-probability of its target.
 *
 * **Shapes.** As for {@link projectedCrossEntropy} -> [N]. Gradients pass through it, but then it holds [N, V] numbers
 * on every engine.
 *
 * @throws {ShapeError} as {@link projectedCrossEntropy} does.
 */
export function projectedLosses(
  hidden: Tensor2D,
  table: Tensor2D,
  bias: Tensor1D | undefined,
  targets: ArrayLike<number>,
  { smoothing = 0 }: Pick<ProjectedCrossEntropyOptions, "smoothing"> = {},
): Tensor1D {
  const projection = { hidden, table, bias };
  const rows = checkedRows(projection, targets, { smoothing });
  if (projectionKernelServes({ withoutGradients: true })) return projectedLossesByKernel(projection, rows);
  return tidy(() => smoothedLosses(projection, rows.countedTargets, smoothing));
}

/** Rows as they were given, and those among them whose weight is not 0. */
export interface CheckedRows {
  readonly smoothing: number;
  readonly targets: Int32Array;
  readonly weights: Float32Array;
  /** How many rows count. */
  readonly count: number;
  /** Which ones; undefined when all do. */
  readonly counted: Int32Array | undefined;
  readonly countedTargets: Int32Array;
  readonly countedWeights: Float32Array;
}

function smoothedLosses(
  { hidden, table, bias }: Projection,
  targets: Int32Array,
  smoothing: number,
): Tensor1D {
  const classes = table.shape[0];
  const product = matMul(hidden, table, false, true); // [n, V]
  const logs = logSoftmax(bias === undefined ? product : add(product, bias));
  const spread = smoothing / classes;
  const wanted = oneHot(tensor1d(targets, "int32"), classes, 1 - smoothing + spread, spread); // [n, V]
  return neg(sum(mul(wanted, logs), -1));
}

function countedRows(hidden: Tensor2D, { counted }: CheckedRows): Tensor2D {
  return counted === undefined ? hidden : gather(hidden, tensor1d(counted, "int32"));
}

/** The loss over no rows: 0, with gradients of zeros. */
function nothingCounts({ hidden, table, bias }: Projection): Scalar {
  const inputs: Tensor[] = bias === undefined ? [hidden, table] : [hidden, table, bias];
  const zero = customGrad((...given) => ({
    value: scalar(0),
    gradFunc: () => inputs.map((_, index) => zerosLike(given[index] as Tensor)),
  }));
  return zero(...inputs) as Scalar;
}

function checkedRows(
  { hidden, table, bias }: Projection,
  given: ArrayLike<number>,
  { smoothing = 0, weights: factors }: ProjectedCrossEntropyOptions,
): CheckedRows {
  const [rows, size] = hidden.shape;
  const [classes, width] = table.shape;
  if (width !== size || classes < 2 || (bias !== undefined && bias.size !== classes)) {
    const beside = bias === undefined ? "" : ` and a bias [${bias.shape.join(", ")}]`;
    throw new ShapeError(
      "LOSS_PROJECTION",
      `hidden states [${rows}, ${size}] met a table [${classes}, ${width}]${beside}.`,
      {
        hint: `The table needs a row of ${size} for each of two classes or more, the bias a number for each.`,
      },
    );
  }
  if (!(smoothing >= 0 && smoothing < 1)) {
    throw new ShapeError("LOSS_SMOOTHING", `label smoothing is ${smoothing}, not from 0 up to but not 1.`, {
      hint: "0.1 is common; 0 has none.",
    });
  }
  const weights = factors === undefined ? new Float32Array(rows).fill(1) : Float32Array.from(factors);
  const odd = weights.findIndex((weight) => !Number.isFinite(weight));
  if (weights.length !== rows || odd >= 0) {
    const came =
      weights.length !== rows ? `${weights.length} weights` : `weight ${weights[odd] ?? ""} in row ${odd}`;
    throw new ShapeError("LOSS_WEIGHTS", `cross-entropy of ${rows} rows got ${came}.`, {
      hint: `Give ${rows} finite numbers.`,
    });
  }
  const ids = Array.from(given);
  const wrong = ids.findIndex(
    (id, row) => weights[row] !== 0 && !(Number.isInteger(id) && id >= 0 && id < classes),
  );
  if (ids.length !== rows || wrong >= 0) {
    const came = ids.length !== rows ? `${ids.length} targets` : `target ${ids[wrong] ?? ""} in row ${wrong}`;
    throw new ShapeError("LOSS_TARGETS", `cross-entropy over [${rows}, ${classes}] got ${came}.`, {
      hint: `Give ${rows} whole numbers from 0 to ${classes - 1}.`,
    });
  }
  const targets = Int32Array.from(ids);
  const places = Int32Array.from(weights.keys()).filter((row) => weights[row] !== 0);
  const all = places.length === rows;
  return {
    smoothing,
    targets,
    weights,
    count: places.length,
    counted: all ? undefined : places,
    countedTargets: all ? targets : places.map((row) => targets[row] as number),
    countedWeights: all ? weights : Float32Array.from(places, (row) => weights[row] as number),
  };
}
