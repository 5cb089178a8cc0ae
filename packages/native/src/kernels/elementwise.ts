import { broadcast_util, type TensorInfo } from "@tensorflow/tfjs-core";
import type { Addon } from "../addon.js";
import type { KernelMaker } from "../backend/backend.js";
import { broadcastAxes } from "./broadcast.js";
import { floats, fresh, make, sizeOf } from "../backend/backend-values.js";

/** TF.js names in the order of the C++ enumerations. */
const binaryNames = ["Add", "Sub", "Multiply", "RealDiv", "Maximum", "Minimum"];
const comparisonNames = ["Equal", "NotEqual", "Greater", "GreaterEqual", "Less", "LessEqual"];
const unaryNames = ["Exp", "Sigmoid", "Tanh", "Relu", "Neg", "Square", "Sqrt", "Abs"];

/** Arithmetic of float32 tensors, and functions of one. Other types stay with the cpu backend. */
export function elementwiseKernels(addon: Addon): [string, KernelMaker][] {
  const binary = binaryNames.map((name, op): [string, KernelMaker] => [
    name,
    (fallback) => (args) => {
      const { a, b } = args.inputs as { a: TensorInfo; b: TensorInfo };
      if (a.dtype !== "float32" || b.dtype !== "float32") return fallback(args);
      const swapped = sizeOf(a.shape) < sizeOf(b.shape) || a.shape.length < b.shape.length;
      const [large, small] = swapped ? [b, a] : [a, b];
      const span = spread(large.shape, small.shape);
      if (span === undefined) {
        const { shape, axes } = broadcastAxes(a.shape, b.shape);
        const values = fresh(args.backend, sizeOf(shape));
        addon.broadcast(op, axes, floats(args.backend, a), floats(args.backend, b), values);
        return make(args.backend, shape, "float32", values);
      }
      const values = fresh(args.backend, sizeOf(large.shape));
      addon.binary(
        op,
        swapped,
        floats(args.backend, large),
        floats(args.backend, small),
        values,
        span.outer,
        span.middle,
        span.inner,
      );
      return make(args.backend, large.shape, "float32", values);
    },
  ]);
  const unary = unaryNames.map((name, op): [string, KernelMaker] => [
    name,
    (fallback) => (args) => {
      const { x } = args.inputs as { x: TensorInfo };
      if (x.dtype !== "float32") return fallback(args);
      const values = fresh(args.backend, sizeOf(x.shape));
      addon.unary(op, floats(args.backend, x), values, values.length);
      return make(args.backend, x.shape, "float32", values);
    },
  ]);
  const comparisons = comparisonNames.map((name, op): [string, KernelMaker] => [
    name,
    (fallback) => (args) => {
      const { a, b } = args.inputs as { a: TensorInfo; b: TensorInfo };
      if (a.dtype !== "float32" || b.dtype !== "float32") return fallback(args);
      const { shape, axes } = broadcastAxes(a.shape, b.shape);
      const values = new Uint8Array(sizeOf(shape));
      addon.compare(op, axes, floats(args.backend, a), floats(args.backend, b), values);
      return make(args.backend, shape, "bool", values);
    },
  ]);
  return [...binary, ...comparisons, ...unary];
}

/**
 * How a small tensor lies in a large one: its axes of more than one element must be one run of the large one's, with
 * the same sizes. Undefined when they are not, or when the large one is stretched too.
 */
export function spread(
  large: readonly number[],
  small: readonly number[],
): { outer: number; middle: number; inner: number } | undefined {
  const shape = broadcast_util.assertAndGetBroadcastShape([...large], [...small]);
  if (shape.length !== large.length || shape.some((size, axis) => size !== large[axis])) return undefined;
  const padded = [...Array<number>(large.length - small.length).fill(1), ...small];
  const stretched = (axis: number): boolean => padded[axis] === 1 && large[axis] !== 1;
  let from = 0;
  while (from < large.length && padded[from] === 1) from++;
  let to = large.length;
  while (to > from && padded[to - 1] === 1) to--;
  for (let axis = from; axis < to; axis++) if (stretched(axis)) return undefined;
  return {
    outer: sizeOf(large.slice(0, from)),
    middle: sizeOf(large.slice(from, to)),
    inner: sizeOf(large.slice(to)),
  };
}
