import { ShapeError } from "@timestep/base";
import { type Tensor } from "@tensorflow/tfjs-core";
import { AssertionError } from "./assertion.js";

/** Where two arrays differ most. `index` is -1 for empty arrays. */
export interface WorstDifference {
  readonly error: number;
  readonly index: number;
  readonly actual: number;
  readonly expected: number;
}

/** Below this size an expected array counts as zero and errors become absolute, in units of it. */
const smallestScale = 1e-6;

/**
 * The element with the largest relative error, and that error:
 *
 *   max over n of |actual[n] - expected[n]| / max(|expected[n]|, scale),   scale = max(rms(expected), 1e-6)
 *
 * The root mean square as the least denominator keeps an element that happens to lie near zero from dominating, and
 * still notices a small element that is wrong by the size of its neighbours. NaN on either side, or an infinity that
 * is not matched, is an error of Infinity.
 *
 * @throws {ShapeError} COMPARE_LENGTH when the arrays differ in length.
 */
export function worstDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): WorstDifference {
  if (actual.length !== expected.length) {
    throw new ShapeError(
      "COMPARE_LENGTH",
      `expected ${expected.length} numbers, got ${actual.length}; nothing was compared.`,
      { hint: "Compare arrays of one shape." },
    );
  }
  let squares = 0;
  for (let n = 0; n < expected.length; n++) {
    const value = expected[n] as number;
    if (Number.isFinite(value)) squares += value * value;
  }
  const scale = Math.max(Math.sqrt(squares / Math.max(1, expected.length)), smallestScale);
  let worst: WorstDifference = { error: 0, index: -1, actual: NaN, expected: NaN };
  for (let n = 0; n < expected.length; n++) {
    const a = actual[n] as number;
    const e = expected[n] as number;
    const relative = a === e ? 0 : Math.abs(a - e) / Math.max(Math.abs(e), scale);
    const error = Number.isFinite(a - e) || a === e ? relative : Infinity;
    if (worst.index < 0 || error > worst.error) worst = { error, index: n, actual: a, expected: e };
  }
  return worst;
}

/** The largest relative error of `actual` against `expected`, as {@link worstDifference} defines it. */
export function largestRelativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  return worstDifference(actual, expected).error;
}

/** What {@link expectClose} compares: a tensor, a flat array, or an array with its shape. */
export type Comparable =
  Tensor | ArrayLike<number> | { readonly shape: readonly number[]; readonly data: ArrayLike<number> };

/**
 * Fails unless the largest relative error (see {@link worstDifference}) is at most `tolerance`. Shapes are compared
 * where both sides have one. Tensors are read synchronously and not disposed.
 */
export function expectClose(actual: Comparable, expected: Comparable, tolerance: number): void {
  const got = flatten(actual);
  const want = flatten(expected);
  if (got.shape !== undefined && want.shape !== undefined && got.shape.join() !== want.shape.join()) {
    throw new AssertionError(`expected shape [${want.shape.join(", ")}], got [${got.shape.join(", ")}]`);
  }
  if (got.data.length !== want.data.length) {
    throw new AssertionError(`expected ${want.data.length} numbers, got ${got.data.length}`);
  }
  const worst = worstDifference(got.data, want.data);
  if (worst.error <= tolerance) return;
  throw new AssertionError(
    `largest relative error ${worst.error.toExponential(3)} is above ${tolerance} ` +
      `at element ${place(worst.index, got.shape ?? want.shape)}: expected ${worst.expected}, got ${worst.actual}`,
  );
}

/** Names an element by its flat index and, where the shape is known, by its coordinates. */
export function place(index: number, shape: readonly number[] | undefined): string {
  if (shape === undefined || shape.length < 2) return String(index);
  const coordinates: number[] = [];
  let rest = index;
  for (const size of shape.toReversed()) {
    coordinates.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return `${index} [${coordinates.join(", ")}]`;
}

function flatten(value: Comparable): { shape: readonly number[] | undefined; data: ArrayLike<number> } {
  if ("dataSync" in value) return { shape: value.shape, data: value.dataSync() };
  if ("data" in value) return { shape: value.shape, data: value.data };
  return { shape: undefined, data: value };
}
