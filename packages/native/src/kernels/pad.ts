import type { PadV2Attrs, TensorInfo } from "@tensorflow/tfjs-core";
import type { KernelMaker } from "../backend/backend.js";
import {
  freshLike,
  isPlain,
  type KernelArguments,
  make,
  numbers,
  sizeOf,
} from "../backend/backend-values.js";

/** Padding, which is also the gradient of every slice, a run of memory at a time. */
export function padKernels(): [string, KernelMaker][] {
  return [
    [
      "PadV2",
      (fallback) => (args) => (isPlain((args.inputs as { x: TensorInfo }).x) ? pad(args) : fallback(args)),
    ],
  ];
}

function pad({ inputs, attrs, backend }: KernelArguments): TensorInfo {
  const { x } = inputs as { x: TensorInfo };
  const { paddings, constantValue } = attrs as unknown as PadV2Attrs;
  const shape = paddings.map(([before, after], axis) => before + (x.shape[axis] as number) + after);
  const from = numbers(backend, x);
  const values = freshLike(backend, from, sizeOf(shape));
  values.fill(constantValue);
  // Axes behind the last padded one lie together on both sides: one run for each index of those before.
  const last = paddings.findLastIndex(([before, after]) => before + after > 0);
  const outer = x.shape.slice(0, Math.max(last, 0));
  const run = sizeOf(x.shape.slice(outer.length));
  if (run === 0) return make(backend, shape, x.dtype, values);
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const index = outer.map(() => 0);
  const start = paddings.reduce((sum, [before], axis) => sum + before * (strides[axis] as number), 0);
  for (let at = 0; at < from.length; at += run) {
    const to = index.reduce((sum, position, axis) => sum + position * (strides[axis] as number), start);
    values.set(from.subarray(at, at + run), to);
    for (let axis = outer.length - 1; axis >= 0; axis--) {
      index[axis] = (index[axis] as number) + 1;
      if ((index[axis] as number) < (outer[axis] as number)) break;
      index[axis] = 0;
    }
  }
  return make(backend, shape, x.dtype, values);
}
