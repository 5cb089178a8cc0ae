import type { KernelConfig, TensorInfo } from "@tensorflow/tfjs-core";
import { floats, fresh, type KernelArguments, make, sizeOf } from "../backend/backend-values.js";
import type { VocabularyAddon } from "./vocabulary-addon.js";

/**
 * The output layer over a large vocabulary. @timestep/core calls them by name, and states there what they take and give.
 */
export function vocabularyKernels(addon: VocabularyAddon): Omit<KernelConfig, "backendName">[] {
  return [
    { kernelName: "TimestepProjectedCrossEntropy", kernelFunc: (call) => projectedCrossEntropy(addon, call) },
    { kernelName: "TimestepTopLogProbabilities", kernelFunc: (call) => topLogProbabilities(addon, call) },
  ];
}

interface LossAttributes {
  readonly targets: Int32Array;
  readonly weights: Float32Array;
  readonly smoothing: number;
  readonly gradient: boolean;
}

/** {hidden, table, bias or none} -> [total [], losses [N]] and, with `gradient`, the gradients of each input. */
function projectedCrossEntropy(
  addon: VocabularyAddon,
  { inputs, attrs, backend }: KernelArguments,
): TensorInfo[] {
  const { hidden, table, bias } = inputs as { hidden: TensorInfo; table: TensorInfo; bias?: TensorInfo };
  const { targets, weights, smoothing, gradient } = attrs as unknown as LossAttributes;
  const [rows = 0, size = 0] = hidden.shape;
  const [classes = 0] = table.shape;
  const given = bias === undefined ? [hidden, table] : [hidden, table, bias];
  const gradients = gradient ? given.map(({ shape }) => fresh(backend, sizeOf(shape))) : [];
  const losses = fresh(backend, rows);
  const total = fresh(backend, 1);
  const [states, rowsOfTable, offsets] = given.map((info) => floats(backend, info));
  total[0] = addon.projectedCrossEntropy(
    states as Float32Array,
    rowsOfTable as Float32Array,
    offsets,
    targets,
    weights,
    smoothing,
    losses,
    gradients[0],
    gradients[1],
    gradients[2],
    rows,
    size,
    classes,
  );
  return [
    make(backend, [], "float32", total),
    make(backend, [rows], "float32", losses),
    ...gradients.map((values, n) => make(backend, (given[n] as TensorInfo).shape, "float32", values)),
  ];
}

interface TopAttributes {
  readonly count: number;
  /** Ids that a row may not choose, those of all rows one after the other. */
  readonly suppressed: Int32Array;
  /** Where each row's begin, and where the last one's end. */
  readonly starts: Int32Array;
}

/** {logits [R, V]} -> [values [R, count], ids [R, count] int32]. */
function topLogProbabilities(
  addon: VocabularyAddon,
  { inputs, attrs, backend }: KernelArguments,
): TensorInfo[] {
  const { logits } = inputs as { logits: TensorInfo };
  const { count, suppressed, starts } = attrs as unknown as TopAttributes;
  const [rows = 0, columns = 0] = logits.shape;
  const values = fresh(backend, rows * count);
  const ids = new Int32Array(rows * count);
  addon.topLogProbabilities(floats(backend, logits), suppressed, starts, values, ids, rows, columns, count);
  return [make(backend, [rows, count], "float32", values), make(backend, [rows, count], "int32", ids)];
}
