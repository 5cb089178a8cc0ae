import type { TypedArray } from "@tensorflow/tfjs-core";
import { loadAddon } from "../addon.js";
import { freshLike, sizeOf } from "../backend/backend-values.js";

/** Elements from which the addon is called; below, the call costs more than a loop here. */
const worthCalling = 256;

/** What the addon takes. */
const mostAxes = 8;

/** Elements from which a run is moved as a block; a shorter one is quicker in a plain loop. */
const blockLength = 16;

/**
 * The elements values[start + Σ index·stride] over all indices of `shape`, in row-major order: a slice, a transpose,
 * or both at once.
 */
export function copyStrided(
  backend: unknown,
  values: TypedArray,
  start: number,
  shape: readonly number[],
  strides: readonly number[],
): TypedArray {
  const total = sizeOf(shape);
  const copy = freshLike(backend, values, total);
  if (total === 0) return copy;
  const axes = joinAxes(shape, strides);
  const floats = values instanceof Float32Array && copy instanceof Float32Array;
  if (floats && total >= worthCalling && axes.length <= mostAxes) {
    const pairs = axes.flatMap(({ size, stride }) => [size, stride]);
    loadAddon().copyStrided(values, copy, start, Int32Array.from(pairs));
    return copy;
  }
  const last = axes.pop() ?? { size: 1, stride: 1 };
  const index = axes.map(() => 0);
  let from = start;
  for (let to = 0; to < total; to += last.size) {
    if (last.stride === 1 && last.size >= blockLength) copy.set(values.subarray(from, from + last.size), to);
    else
      for (let i = 0, at = from; i < last.size; i++, at += last.stride) copy[to + i] = values[at] as number;
    for (let axis = axes.length - 1; axis >= 0; axis--) {
      const { size, stride } = axes[axis] as { size: number; stride: number };
      from += stride;
      index[axis] = (index[axis] as number) + 1;
      if ((index[axis] as number) < size) break;
      index[axis] = 0;
      from -= stride * size;
    }
  }
  return copy;
}

/** Drops axes of one element and joins neighbours that lie in memory as one axis would. */
function joinAxes(shape: readonly number[], strides: readonly number[]): { size: number; stride: number }[] {
  const axes: { size: number; stride: number }[] = [];
  shape.forEach((size, axis) => {
    const stride = strides[axis] as number;
    if (size === 1) return;
    const before = axes.at(-1);
    if (before !== undefined && before.stride === stride * size)
      axes.splice(-1, 1, { size: before.size * size, stride });
    else axes.push({ size, stride });
  });
  return axes;
}
