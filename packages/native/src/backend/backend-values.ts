import type { DataType, KernelFunc, TensorInfo, TypedArray } from "@tensorflow/tfjs-core";
import type { NativeBackend } from "./native-backend.js";

/** What a kernel is called with. */
export type KernelArguments = Parameters<KernelFunc>[0];

export function host(backend: unknown): NativeBackend {
  return backend as NativeBackend;
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** The kind of array in which values of a type lie. */
const kinds = { float32: Float32Array, int32: Int32Array, bool: Uint8Array };

/**
 * The numbers of a tensor, in the array that its type says. A cast to a wider type leaves the values as they are, so
 * that a float32 tensor may lie in integers, and some of the cpu backend's kernels leave a plain array behind.
 */
export function numbers(backend: unknown, info: TensorInfo): TypedArray {
  const values = host(backend).peek(info.dataId) as TypedArray;
  const Kind = kinds[info.dtype as keyof typeof kinds];
  return values instanceof Kind ? values : Kind.from(values);
}

/** The same for a float32 tensor. */
export function floats(backend: unknown, info: TensorInfo): Float32Array {
  return numbers(backend, info) as Float32Array;
}

export function make(
  backend: unknown,
  shape: readonly number[],
  dtype: DataType,
  values: TypedArray,
): TensorInfo {
  return host(backend).makeTensorInfo([...shape], dtype, values);
}

/** Whether a tensor's values are a typed array; strings and complex numbers are kept otherwise. */
export function isPlain(info: TensorInfo): boolean {
  return info.dtype === "float32" || info.dtype === "int32" || info.dtype === "bool";
}

/**
 * Memory for the result of a kernel, `count` numbers that the kernel must all write: they may hold old ones. It belongs
 * to the one tensor that `make` makes of it and serves another one when that is disposed, so a kernel keeps no reference
 * to it, nor to the numbers of a tensor that it has disposed of.
 */
export function fresh(backend: unknown, count: number): Float32Array {
  return host(backend).recycled.take(count);
}

/** The same for a typed array of another one's kind. */
export function freshLike(backend: unknown, values: TypedArray, count: number): TypedArray {
  if (values instanceof Float32Array) return fresh(backend, count);
  return new (values.constructor as new (length: number) => TypedArray)(count);
}
