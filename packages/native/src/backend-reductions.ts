import {
  backend_util,
  type TensorInfo,
  type UnsortedSegmentSumAttrs,
  type SumAttrs,
  util,
} from "@tensorflow/tfjs-core";
import type { Addon } from "./addon.js";
import type { KernelMaker } from "./backend.js";
import { floats, fresh, make, numbers, sizeOf } from "./backend-values.js";

/** `Sum` over neighbouring axes, `Softmax`, and the scatter-add behind every embedding's gradient. */
export function reductionKernels(addon: Addon): [string, KernelMaker][] {
  return [
    [
      "Sum",
      (fallback) => (args) => {
        const { x } = args.inputs as { x: TensorInfo };
        const { axis, keepDims } = args.attrs as unknown as SumAttrs;
        const axes = util.parseAxisParam(axis, x.shape).toSorted((p, q) => p - q);
        const first = axes[0];
        const last = axes.at(-1);
        if (x.dtype !== "float32" || first === undefined || last === undefined) return fallback(args);
        if (last - first + 1 !== axes.length) return fallback(args); // other axes lie between
        const outer = sizeOf(x.shape.slice(0, first));
        const inner = sizeOf(x.shape.slice(last + 1));
        const values = fresh(args.backend, outer * inner);
        addon.sum(floats(args.backend, x), values, outer, sizeOf(x.shape.slice(first, last + 1)), inner);
        const [shape] = backend_util.computeOutAndReduceShapes(x.shape, axes);
        const kept = keepDims ? backend_util.expandShapeToKeepDim(shape, axes) : shape;
        return make(args.backend, kept, "float32", values);
      },
    ],
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
        if (x.dtype !== "float32" || segmentIds.shape.length !== 1 || segmentIds.shape[0] !== x.shape[0]) {
          return fallback(args);
        }
        const rest = x.shape.slice(1);
        const width = sizeOf(rest);
        const ids = numbers(args.backend, segmentIds);
        const from = floats(args.backend, x);
        const sums = fresh(args.backend, numSegments * width).fill(0);
        for (let row = 0; row < ids.length; row++) {
          const segment = ids[row] as number;
          if (segment < 0 || segment >= numSegments) continue; // as TensorFlow does: ids outside are dropped
          for (let i = 0; i < width; i++) {
            sums[segment * width + i] =
              (sums[segment * width + i] as number) + (from[row * width + i] as number);
          }
        }
        return make(args.backend, [numSegments, ...rest], "float32", sums);
      },
    ],
  ];
}
