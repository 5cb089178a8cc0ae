import { DataError, ShapeError } from "@timestep/base";
import { type Tensor3D } from "@tensorflow/tfjs-core";
import { checkBlank, checkFrames, checkReadable } from "./checks.js";
import { logSoftmax } from "./log-space.js";

/** What a model says about one sequence: the log probability of each class in each frame, as a plain array. */
export interface CtcEmissions {
  /** ln p, [T, C] frame by frame; the probabilities of a frame add up to 1. */
  readonly values: Float32Array | Float64Array;
  /** T */
  readonly frames: number;
  /** C, the blank included. */
  readonly classes: number;
}

/**
 * The log softmax of logits that are a plain array.
 *
 * **Shapes.** `logits` [T, C] frame by frame -> {@link CtcEmissions}; -Infinity is a class that is impossible.
 *
 * @throws {ShapeError} CTC_EMISSIONS when the array has not T·C numbers.
 * @throws {DataError} CTC_NOT_FINITE when a frame holds NaN or Infinity, or has no possible class.
 *
 * @example
 * ```ts
 * const emissions = ctcEmissionsOf(await logits.data(), 120, 29);   // one clip of 120 frames
 * ```
 */
export function ctcEmissionsOf(logits: ArrayLike<number>, frames: number, classes: number): CtcEmissions {
  checkSize({ size: logits.length, frames, classes });
  return normalised(logits, { offset: 0, frames, classes }, "logits");
}

/**
 * The log softmax of each row of a batch, cut to its length: what searches and alignments read.
 *
 * **Shapes.** `logits` [B, T, C] -> B {@link CtcEmissions} of `lengths[b]` frames.
 *
 * @throws {ShapeError} CTC_LOGITS_RANK, CTC_LENGTHS.
 * @throws {DataError} CTC_NOT_FINITE when a frame within a row's length holds NaN or Infinity, or has no possible class.
 * @throws {EngineError} CTC_ENGINE on an engine that cannot read tensors synchronously; use {@link ctcEmissionsAsync}.
 */
export function ctcEmissions(
  logits: Tensor3D,
  { lengths }: { readonly lengths: readonly number[] },
): CtcEmissions[] {
  checkFrames(logits, lengths, 0);
  checkReadable("ctcEmissions");
  return rowsOf(logits.dataSync(), logits.shape, lengths);
}

/** {@link ctcEmissions} on any engine. */
export async function ctcEmissionsAsync(
  logits: Tensor3D,
  { lengths }: { readonly lengths: readonly number[] },
): Promise<CtcEmissions[]> {
  checkFrames(logits, lengths, 0);
  return rowsOf(await logits.data(), logits.shape, lengths);
}

function rowsOf(
  values: ArrayLike<number>,
  [, time, classes]: readonly [number, number, number],
  lengths: readonly number[],
): CtcEmissions[] {
  return lengths.map((frames, b) =>
    normalised(values, { offset: b * time * classes, frames, classes }, `row ${b}`),
  );
}

function normalised(
  logits: ArrayLike<number>,
  at: { readonly offset: number; readonly frames: number; readonly classes: number },
  what: string,
): CtcEmissions {
  const values = logSoftmax(logits, at);
  if (values === null) {
    throw new DataError(
      "CTC_NOT_FINITE",
      `${what}: a frame holds NaN or Infinity, or every class is impossible.`,
      {
        hint: "Look for what made it: a diverged model or a broken input.",
      },
    );
  }
  return { values, frames: at.frames, classes: at.classes };
}

/**
 * Refuses emissions that are not [T, C], that are not log probabilities, or that have no class for the blank.
 *
 * @throws {ShapeError} CTC_EMISSIONS
 * @throws {ConfigError} CTC_BLANK
 * @throws {DataError} CTC_NOT_FINITE, CTC_NOT_LOG_PROBABILITIES
 */
export function checkEmissions({ values, frames, classes }: CtcEmissions, blank: number): void {
  checkSize({ size: values.length, frames, classes });
  checkBlank(blank, classes);
  for (let t = 0; t < frames; t++) {
    let total = 0;
    for (let k = 0; k < classes; k++) total += Math.exp(values[t * classes + k] as number); // hands NaN on
    if (Number.isNaN(total)) {
      throw new DataError("CTC_NOT_FINITE", `frame ${t} holds NaN.`, {
        hint: "Look for what made it: a diverged model or a broken input.",
      });
    }
    // Log probabilities in float32 miss 1 by a few 1e-6 at most; logits, or probabilities themselves, miss it by far.
    if (Math.abs(total - 1) <= 1e-3) continue;
    throw new DataError(
      "CTC_NOT_LOG_PROBABILITIES",
      `the probabilities of frame ${t} add up to ${total.toPrecision(4)}.`,
      { hint: "Make emissions of logits with ctcEmissions or ctcEmissionsOf." },
    );
  }
}

function checkSize({ size, frames, classes }: { size: number; frames: number; classes: number }): void {
  if (Number.isInteger(frames) && frames >= 0 && Number.isInteger(classes) && classes > 0) {
    if (size === frames * classes) return;
  }
  throw new ShapeError(
    "CTC_EMISSIONS",
    `${frames} frames of ${classes} classes do not make ${size} numbers.`,
    { hint: "Give frames × classes numbers, frame by frame." },
  );
}
