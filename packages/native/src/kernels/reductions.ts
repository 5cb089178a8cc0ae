import {
  backend_util,
  type TensorInfo,
  type UnsortedSegmentSumAttrs,
  type SumAttrs,
  util,
} from "@tensorflow/tfjs-core";
import type { Addon } from "../addon.js";
import type { KernelMaker } from "../backend/backend.js";
import { floats, fresh, type KernelArguments, make, numbers, sizeOf } from "../backend/backend-values.js";

/** `Sum` and `Mean` over neighbouring axes, `Softmax`, and the scatter-add behind every embedding's gradient. */
export function reductionKernels(addon: Addon): [string, KernelMaker][] {
  return [
    ["Sum", (fallback) => (args) => sum(addon, args, 1) ?? fallback(args)],
    ["Mean", (fallback) => (args) => mean(addon, args) ?? fallback(args)],
    [
      "Softmax",
      (fallback) => (args) => {
        const { logits } = args.inputs as { logits: TensorInfo };
        const { dim } = args.attrs as unknown as { dim: number };
        const rank = logits.shape.length;
        if (logits.dtype !== "float32" || rank === 0 || (dim !== -1 && dim !== rank - 1))
          return fallback(args);
        const values = fresh(args.backend, sizeOf(logits.shape));
        const columns = logits.shape[rank - 1] as number;
        addon.softmax(floats(args.backend, logits), values, sizeOf(logits.shape.slice(0, -1)), columns);
        return make(args.backend, logits.shape, "float32", values);
      },
    ],
    [
      "UnsortedSegmentSum",
      (fallback) => (args) => {
        const { x, segmentIds } = args.inputs as { x: TensorInfo; segmentIds: TensorInfo };
        const { numSegments } = args.attrs as unknown as UnsortedSegmentSumAttrs;
        const rows = segmentIds.shape.length === 1 && segmentIds.shape[0] === x.shape[0];
        if (x.dtype !== "float32" || segmentIds.dtype !== "int32" || !rows) return fallback(args);
        const rest = x.shape.slice(1);
        const width = sizeOf(rest);
        const sums = fresh(args.backend, numSegments * width);
        const ids = numbers(args.backend, segmentIds) as Int32Array;
        addon.addRows(floats(args.backend, x), ids, sums, numSegments, width);
        return make(args.backend, [numSegments, ...rest], "float32", sums);
      },
    ],
  ];
}

/** Sums over neighbouring axes, times `scale`; undefined when other axes lie between, or there are none. */
function sum(
  addon: Addon,
  { inputs, attrs, backend }: KernelArguments,
  scale: number,
): TensorInfo | undefined {
  const { x } = inputs as { x: TensorInfo };
  const { axis, keepDims } = attrs as unknown as SumAttrs;
  const axes = util.parseAxisParam(axis, x.shape).toSorted((p, q) => p - q);
  const first = axes[0];
  const last = axes.at(-1);
  if (x.dtype !== "float32" || first === undefined || last === undefined) return undefined;
  if (last - first + 1 !== axes.length) return undefined;
  const outer = sizeOf(x.shape.slice(0, first));
  const inner = sizeOf(x.shape.slice(last + 1));
  const values = fresh(backend, outer * inner);
  addon.sum(floats(backend, x), values, outer, sizeOf(x.shape.slice(first, last + 1)), inner);
  if (scale !== 1) for (let i = 0; i < values.length; i++) values[i] = (values[i] as number) * scale;
  const [shape] = backend_util.computeOutAndReduceShapes(x.shape, axes);
  const kept = keepDims ? backend_util.expandShapeToKeepDim(shape, axes) : shape;
  return make(backend, kept, "float32", values);
}

function mean(addon: Addon, args: KernelArguments): TensorInfo | undefined {
  const { x } = args.inputs as { x: TensorInfo };
  const { axis } = args.attrs as unknown as SumAttrs;
  const axes = util.parseAxisParam(axis, x.shape);
  const count = sizeOf(axes.map((each) => x.shape[each] as number));
  return count === 0 ? undefined : sum(addon, args, 1 / count); // the cpu backend says what none come to
}
