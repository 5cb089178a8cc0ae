import type { KernelConfig, TensorInfo } from "@tensorflow/tfjs-core";
import { floats, fresh, type KernelArguments, make, numbers, sizeOf } from "../backend/backend-values.js";
import type { KernelMaker } from "../backend/backend.js";

/** The part of the addon that works row by row. */
export interface RowAddon {
  logSoftmax(x: Float32Array, y: Float32Array, rows: number, columns: number): void;
  /** losses [rows], and unless null slopes [rows, columns]: softmax - one-hot. */
  crossEntropy(
    logits: Float32Array,
    targets: Int32Array,
    losses: Float32Array,
    slopes: Float32Array | null,
    rows: number,
    columns: number,
  ): void;
  layerNorm(
    x: Float32Array,
    gain: Float32Array,
    offset: Float32Array,
    epsilon: number,
    y: Float32Array,
    means: Float32Array,
    scales: Float32Array,
    rows: number,
    columns: number,
  ): void;
  layerNormGradient(
    dy: Float32Array,
    x: Float32Array,
    gain: Float32Array,
    means: Float32Array,
    scales: Float32Array,
    dx: Float32Array,
    dgain: Float32Array,
    doffset: Float32Array,
    rows: number,
    columns: number,
  ): void;
}

/** `LogSoftmax` over the last axis. */
export function rowKernels(addon: RowAddon): [string, KernelMaker][] {
  return [
    [
      "LogSoftmax",
      (fallback) => (args) => {
        const { logits } = args.inputs as { logits: TensorInfo };
        const { axis } = args.attrs as unknown as { axis: number };
        const rank = logits.shape.length;
        const last = axis === -1 || axis === rank - 1;
        if (logits.dtype !== "float32" || rank === 0 || !last) return fallback(args);
        const { rows, columns } = rowsOf(logits);
        const values = fresh(args.backend, rows * columns);
        addon.logSoftmax(floats(args.backend, logits), values, rows, columns);
        return make(args.backend, logits.shape, "float32", values);
      },
    ],
  ];
}

/**
 * Kernels that core looks for by name.
 *
 * - `TimestepCrossEntropy`: logits [N, K], int32 targets [N] -> losses [N], slopes [N, K] with attribute `slopes`, or
 *   [0, K] without.
 * - `TimestepLayerNorm`: x [..., C], gain [C], offset [C], attribute `epsilon` -> y, means [N], scales [N].
 * - `TimestepLayerNormGrad`: dy, x, gain, means, scales -> gradients of x, gain and offset.
 */
export function ownRowKernels(addon: RowAddon): Pick<KernelConfig, "kernelName" | "kernelFunc">[] {
  return [
    { kernelName: "TimestepCrossEntropy", kernelFunc: (args) => crossEntropy(addon, args) },
    { kernelName: "TimestepLayerNorm", kernelFunc: (args) => layerNorm(addon, args) },
    { kernelName: "TimestepLayerNormGrad", kernelFunc: (args) => layerNormGradient(addon, args) },
  ];
}

function rowsOf({ shape }: TensorInfo): { rows: number; columns: number } {
  return { rows: sizeOf(shape.slice(0, -1)), columns: shape.at(-1) ?? 1 };
}

function crossEntropy(addon: RowAddon, { inputs, attrs, backend }: KernelArguments): TensorInfo[] {
  const { logits, targets } = inputs as { logits: TensorInfo; targets: TensorInfo };
  const { slopes: wanted } = attrs as unknown as { slopes: boolean };
  const { rows, columns } = rowsOf(logits);
  const losses = fresh(backend, rows);
  const slopes = wanted ? fresh(backend, rows * columns) : null;
  addon.crossEntropy(
    floats(backend, logits),
    numbers(backend, targets) as Int32Array,
    losses,
    slopes,
    rows,
    columns,
  );
  return [
    make(backend, [rows], "float32", losses),
    make(backend, [wanted ? rows : 0, columns], "float32", slopes ?? fresh(backend, 0)),
  ];
}

function layerNorm(addon: RowAddon, { inputs, attrs, backend }: KernelArguments): TensorInfo[] {
  const { x, gain, offset } = inputs as { x: TensorInfo; gain: TensorInfo; offset: TensorInfo };
  const { epsilon } = attrs as unknown as { epsilon: number };
  const { rows, columns } = rowsOf(x);
  const [y, means, scales] = [
    fresh(backend, rows * columns),
    fresh(backend, rows),
    fresh(backend, rows),
  ] as const;
  const [values, gains, offsets] = [floats(backend, x), floats(backend, gain), floats(backend, offset)];
  addon.layerNorm(values, gains, offsets, epsilon, y, means, scales, rows, columns);
  return [
    make(backend, x.shape, "float32", y),
    make(backend, [rows], "float32", means),
    make(backend, [rows], "float32", scales),
  ];
}

function layerNormGradient(addon: RowAddon, { inputs, backend }: KernelArguments): TensorInfo[] {
  const given = inputs as Record<"dy" | "x" | "gain" | "means" | "scales", TensorInfo>;
  const { rows, columns } = rowsOf(given.x);
  const [dx, dgain, doffset] = [
    fresh(backend, rows * columns),
    fresh(backend, columns),
    fresh(backend, columns),
  ] as const;
  addon.layerNormGradient(
    floats(backend, given.dy),
    floats(backend, given.x),
    floats(backend, given.gain),
    floats(backend, given.means),
    floats(backend, given.scales),
    dx,
    dgain,
    doffset,
    rows,
    columns,
  );
  return [
    make(backend, given.x.shape, "float32", dx),
    make(backend, [columns], "float32", dgain),
    make(backend, [columns], "float32", doffset),
  ];
}
