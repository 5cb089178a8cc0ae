import {
  backend_util,
  type ConcatAttrs,
  type GatherV2Attrs,
  type SliceAttrs,
  slice_util,
  type SplitVAttrs,
  type TensorInfo,
  type TransposeAttrs,
  type UnpackAttrs,
  util,
} from "@tensorflow/tfjs-core";
import type { Addon } from "../addon.js";
import type { KernelMaker } from "../backend/backend.js";
import {
  freshLike,
  isPlain,
  type KernelArguments,
  make,
  numbers,
  sizeOf,
} from "../backend/backend-values.js";
import { copyStrided } from "./strided.js";

/** Kernels that only move numbers. The cpu backend's own compute an address from scratch for every element. */
export function layoutKernels(addon: Addon): [string, KernelMaker][] {
  return [
    ["Slice", (fallback) => (args) => (isPlain(input(args, "x")) ? slice(args) : fallback(args))],
    ["SplitV", (fallback) => (args) => (isPlain(input(args, "x")) ? split(args) : fallback(args))],
    ["Unpack", (fallback) => (args) => (isPlain(input(args, "value")) ? unpack(args) : fallback(args))],
    ["Transpose", (fallback) => (args) => (isPlain(input(args, "x")) ? transpose(args) : fallback(args))],
    ["Concat", (fallback) => (args) => concat(args) ?? fallback(args)],
    ["GatherV2", (fallback) => (args) => gather(addon, args) ?? fallback(args)],
  ];
}

function input({ inputs }: KernelArguments, name: string): TensorInfo {
  return inputs[name] as TensorInfo;
}

/** x[begin : begin + size], as a copy. */
function part(
  backend: unknown,
  x: TensorInfo,
  begin: readonly number[],
  size: readonly number[],
): TensorInfo {
  const strides = stridesOf(x.shape);
  const start = begin.reduce((sum, at, axis) => sum + at * (strides[axis] as number), 0);
  return make(backend, size, x.dtype, copyStrided(backend, numbers(backend, x), start, size, strides));
}

function slice(args: KernelArguments): TensorInfo {
  const x = input(args, "x");
  const { begin, size } = args.attrs as unknown as SliceAttrs;
  const [from, sizes] = slice_util.parseSliceParams(x, begin, size) as [number[], number[]];
  slice_util.assertParamsValid(x, from, sizes);
  return part(args.backend, x, from, sizes);
}

function split(args: KernelArguments): TensorInfo[] {
  const x = input(args, "x");
  const { numOrSizeSplits, axis } = args.attrs as unknown as SplitVAttrs;
  const along = util.parseAxisParam(axis, x.shape)[0] as number;
  const begin = x.shape.map(() => 0);
  return backend_util.prepareSplitSize(x as never, numOrSizeSplits, along).map((length) => {
    const piece = part(args.backend, x, begin, x.shape.with(along, length));
    begin[along] = (begin[along] as number) + length;
    return piece;
  });
}

function unpack(args: KernelArguments): TensorInfo[] {
  const value = input(args, "value");
  const { axis } = args.attrs as unknown as UnpackAttrs;
  const along = axis < 0 ? axis + value.shape.length : axis;
  const strides = stridesOf(value.shape);
  const shape = value.shape.toSpliced(along, 1);
  const rest = strides.toSpliced(along, 1);
  const values = numbers(args.backend, value);
  return Array.from({ length: value.shape[along] as number }, (_, index) =>
    make(
      args.backend,
      shape,
      value.dtype,
      copyStrided(args.backend, values, index * (strides[along] as number), shape, rest),
    ),
  );
}

function transpose(args: KernelArguments): TensorInfo {
  const x = input(args, "x");
  const { perm } = args.attrs as unknown as TransposeAttrs;
  const strides = stridesOf(x.shape);
  const shape = perm.map((axis) => x.shape[axis] as number);
  const moved = perm.map((axis) => strides[axis] as number);
  return make(
    args.backend,
    shape,
    x.dtype,
    copyStrided(args.backend, numbers(args.backend, x), 0, shape, moved),
  );
}

/** Undefined for what it leaves to the cpu backend: mixed or special types, and results without elements. */
function concat({ inputs, attrs, backend }: KernelArguments): TensorInfo | undefined {
  const parts = inputs as unknown as TensorInfo[];
  const first = parts[0];
  if (first === undefined || !parts.every((each) => isPlain(each) && each.dtype === first.dtype))
    return undefined;
  const axis = util.parseAxisParam((attrs as unknown as ConcatAttrs).axis, first.shape)[0] as number;
  const shapes = parts.map(({ shape }) => shape);
  backend_util.assertParamsConsistent(shapes, axis);
  const shape = backend_util.computeOutShape(shapes, axis);
  if (sizeOf(shape) === 0) return undefined;
  const width = sizeOf(shape.slice(axis));
  const rows = sizeOf(shape) / width;
  const values = freshLike(backend, numbers(backend, first), sizeOf(shape));
  let column = 0;
  for (const each of parts) {
    const own = sizeOf(each.shape.slice(axis));
    const from = numbers(backend, each);
    if (rows === 1) values.set(from, column);
    else {
      for (let row = 0; row < rows; row++) {
        const to = row * width + column;
        if (own >= 16) values.set(from.subarray(row * own, (row + 1) * own), to);
        else for (let i = 0; i < own; i++) values[to + i] = from[row * own + i] as number;
      }
    }
    column += own;
  }
  return make(backend, shape, first.dtype, values);
}

/** Whole rows at a time. Undefined for what it leaves to the cpu backend: batched gathers and special types. */
function gather(addon: Addon, args: KernelArguments): TensorInfo | undefined {
  const { x, indices } = args.inputs as { x: TensorInfo; indices: TensorInfo };
  const { axis, batchDims } = args.attrs as unknown as Partial<GatherV2Attrs>;
  if (!isPlain(x) || indices.dtype !== "int32" || (batchDims ?? 0) !== 0) return undefined;
  const along = util.parseAxisParam(axis ?? 0, x.shape)[0] as number;
  const size = x.shape[along] as number;
  const outer = sizeOf(x.shape.slice(0, along));
  const width = sizeOf(x.shape.slice(along + 1));
  const from = numbers(args.backend, x);
  const chosen = numbers(args.backend, indices) as Int32Array;
  const count = chosen.length;
  for (const index of chosen) {
    util.assert(
      index >= 0 && index < size,
      () => `GatherV2: the index value ${index} is not in [0, ${size - 1}]`,
    );
  }
  const values = freshLike(args.backend, from, outer * count * width);
  if (from instanceof Float32Array && values instanceof Float32Array) {
    addon.gatherRows(from, chosen, values, outer, size, width);
  } else {
    for (let row = 0; row < outer * count; row++) {
      const source = (Math.floor(row / count) * size + (chosen[row % count] as number)) * width;
      for (let j = 0; j < width; j++) values[row * width + j] = from[source + j] as number;
    }
  }
  const shape = [...x.shape.slice(0, along), ...indices.shape, ...x.shape.slice(along + 1)];
  return make(args.backend, shape, x.dtype, values);
}

function stridesOf(shape: readonly number[]): number[] {
  const strides = Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) {
    strides[axis] = (strides[axis + 1] as number) * (shape[axis + 1] as number);
  }
  return strides;
}
