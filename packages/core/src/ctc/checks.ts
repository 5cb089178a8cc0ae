import { ConfigError, DataError, EngineError, ShapeError } from "@timestep/base";
import { readsSynchronously } from "@timestep/engine";
import { getBackend, type Tensor } from "@tensorflow/tfjs-core";
import { ctcMinimumLength } from "./labels.js";

/**
 * Refuses logits that are not [B, T, C] with a class for the blank, and lengths that are not B whole numbers from 0 to T.
 *
 * @throws {ShapeError} CTC_LOGITS_RANK or CTC_LENGTHS.
 * @throws {ConfigError} CTC_BLANK.
 */
export function checkFrames(logits: Tensor, lengths: readonly number[], blank: number): void {
  const shape = `[${logits.shape.join(", ")}]`;
  if (logits.shape.length !== 3 || logits.dtype !== "float32") {
    throw new ShapeError(
      "CTC_LOGITS_RANK",
      `CTC expects float32 logits [B, T, C], got ${logits.dtype} ${shape}.`,
      {
        hint: "Give one score per row, frame and class; a single sequence is a batch of one.",
      },
    );
  }
  const [batch = 0, time = 0, classes = 0] = logits.shape;
  checkBlank(blank, classes);
  if (lengths.length !== batch) {
    throw new ShapeError(
      "CTC_LENGTHS",
      `logits ${shape} have ${batch} rows, got ${lengths.length} lengths.`,
      {
        hint: "Give one length per row.",
      },
    );
  }
  for (const [b, length] of lengths.entries()) {
    if (Number.isInteger(length) && length >= 0 && length <= time) continue;
    throw new ShapeError(
      "CTC_LENGTHS",
      `row ${b} has length ${length}, logits ${shape} have ${time} frames.`,
      {
        hint: `Lengths are whole numbers from 0 to ${time}.`,
      },
    );
  }
}

/** @throws {ConfigError} CTC_BLANK when the blank is none of the classes. */
export function checkBlank(blank: number, classes: number): void {
  if (Number.isInteger(blank) && blank >= 0 && blank < classes) return;
  throw new ConfigError("CTC_BLANK", `the blank must be one of the ${classes} classes, got ${blank}.`, {
    hint: `Classes are 0 to ${classes - 1}; count the blank among them.`,
  });
}

/**
 * Refuses labels that are not one list per row, each a class other than the blank.
 *
 * @throws {ShapeError} CTC_LABELS when there is not one list per row.
 * @throws {DataError} CTC_LABEL_RANGE when a label is no class, or the blank.
 */
export function checkLabels(
  labels: readonly (readonly number[])[],
  batch: number,
  classes: number,
  blank: number,
): void {
  if (labels.length !== batch) {
    throw new ShapeError("CTC_LABELS", `the logits have ${batch} rows, got labels for ${labels.length}.`, {
      hint: "Give one list of labels per row; an empty list stands for silence.",
    });
  }
  for (const [b, row] of labels.entries()) {
    for (const [n, label] of row.entries()) {
      if (Number.isInteger(label) && label >= 0 && label < classes && label !== blank) continue;
      const why = label === blank ? "is the blank" : `is not among the ${classes} classes`;
      throw new DataError("CTC_LABEL_RANGE", `row ${b}, label ${n}: ${label} ${why}.`, {
        hint: `Labels are whole numbers from 0 to ${classes - 1} other than ${blank}, the blank; leave padding out.`,
      });
    }
  }
}

/** @throws {DataError} CTC_LABEL_TOO_LONG when a row has fewer frames than its labels need. */
export function checkFeasible(labels: readonly (readonly number[])[], lengths: readonly number[]): void {
  for (const [b, row] of labels.entries()) {
    const length = lengths[b] as number;
    const least = ctcMinimumLength(row);
    if (least <= length) continue;
    throw new DataError(
      "CTC_LABEL_TOO_LONG",
      `row ${b} has ${length} frames but its labels need at least ${least} ` +
        `(${row.length} labels + ${least - row.length} repeats).`,
      { hint: 'Use a smaller stride, leave the row out, or pass infeasible: "zero" to skip such rows.' },
    );
  }
}

/** @throws {EngineError} CTC_ENGINE where tensors cannot be read in plain code. */
export function checkReadable(what: string): void {
  if (readsSynchronously()) return;
  throw new EngineError(
    "CTC_ENGINE",
    `${what} reads its logits at once, which engine "${getBackend()}" cannot.`,
    {
      hint: "Use engine native, wasm or cuda.",
    },
  );
}
