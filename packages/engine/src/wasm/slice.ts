import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import {
  backend_util,
  getKernel,
  type KernelFunc,
  registerKernel,
  type SliceAttrs,
  slice_util,
  type SplitVAttrs,
  type Tensor,
  type TensorInfo,
  type UnpackAttrs,
  unregisterKernel,
} from "@tensorflow/tfjs-core";

/**
 * Replaces the wasm backend's `Slice`, `SplitV` and `Unpack`. The stock kernels copy the whole input out of the heap
 * before each slice, so cutting a sequence into its T steps costs T copies of the sequence; these copy what is asked for.
 */
export function repairSlices(): void {
  const stockSlice = getKernel("Slice", "wasm").kernelFunc;
  const cut = (backend: object, x: TensorInfo, begin: number[], size: number[]): TensorInfo =>
    x.dtype === "string" // texts do not lie in the heap
      ? (stockSlice({ inputs: { x }, attrs: { begin, size }, backend }) as TensorInfo)
      : copySlice(backend as BackendWasm, x, begin, size);
  replace("Slice", ({ inputs, attrs, backend }) => {
    const { x } = inputs as { x: TensorInfo };
    const { begin, size } = attrs as unknown as SliceAttrs;
    const [from, sizes] = slice_util.parseSliceParams(x as Tensor, begin, size) as [number[], number[]];
    return cut(backend, x, from, sizes);
  });
  replace("SplitV", ({ inputs, attrs, backend }) => {
    const { x } = inputs as { x: TensorInfo };
    const { numOrSizeSplits, axis } = attrs as unknown as SplitVAttrs;
    const along = axis < 0 ? axis + x.shape.length : axis;
    const begin = x.shape.map(() => 0);
    return backend_util.prepareSplitSize(x as Tensor, numOrSizeSplits, along).map((count) => {
      const size = x.shape.map((whole, index) => (index === along ? count : whole));
      const piece = cut(backend, x, begin, size);
      begin[along] = (begin[along] ?? 0) + count;
      return piece;
    });
  });
  replace("Unpack", ({ inputs, attrs, backend }) => {
    const { value } = inputs as { value: TensorInfo };
    const { axis } = attrs as unknown as UnpackAttrs;
    const along = axis < 0 ? axis + value.shape.length : axis;
    const size = value.shape.map((whole, index) => (index === along ? 1 : whole));
    return Array.from({ length: value.shape[along] ?? 0 }, (_, place) => {
      const begin = value.shape.map((_, index) => (index === along ? place : 0));
      const piece = cut(backend, value, begin, size);
      return { ...piece, shape: value.shape.filter((_, index) => index !== along) };
    });
  });
}

/** From this many values on, a block copy beats a loop. */
const longRun = 128;

/** Copies run by run within the heap, a run being what lies together in both. */
function copySlice(
  wasm: BackendWasm,
  x: TensorInfo,
  begin: readonly number[],
  size: readonly number[],
): TensorInfo {
  const output = wasm.makeOutput([...size], x.dtype); // may grow the heap: take the views after it
  const source = wasm.typedArrayFromHeap(x);
  const target = wasm.typedArrayFromHeap(output);
  if (target.length === 0) return output;
  // The axes from `whole` on are taken entirely, so one index of the axis before spans `inner` values in a row.
  let whole = x.shape.length;
  let inner = 1;
  while (whole > 0 && size[whole - 1] === x.shape[whole - 1]) inner *= x.shape[--whole] as number;
  if (whole === 0) {
    target.set(source);
    return output;
  }
  const run = inner * (size[whole - 1] as number);
  const outer = whole - 1;
  const strides: number[] = Array.from({ length: whole }, () => inner);
  for (let axis = outer - 1; axis >= 0; axis--)
    strides[axis] = (strides[axis + 1] as number) * (x.shape[axis + 1] as number);
  const place = begin.slice(0, outer); // where each outer axis stands
  let offset = begin.slice(0, whole).reduce((sum, at, axis) => sum + at * (strides[axis] as number), 0);
  for (let to = 0; to < target.length; to += run) {
    if (run >= longRun) target.set(source.subarray(offset, offset + run), to);
    else for (let i = 0; i < run; i++) target[to + i] = source[offset + i] as number;
    for (let axis = outer - 1; axis >= 0; axis--) {
      const stride = strides[axis] as number;
      const first = begin[axis] as number;
      const next = (place[axis] as number) + 1;
      if (next < first + (size[axis] as number)) {
        place[axis] = next;
        offset += stride;
        break;
      }
      place[axis] = first;
      offset -= stride * ((size[axis] as number) - 1);
    }
  }
  return output;
}

function replace(name: string, kernelFunc: KernelFunc): void {
  unregisterKernel(name, "wasm");
  registerKernel({ kernelName: name, backendName: "wasm", kernelFunc });
}
