import { DataError } from "@timestep/base";

/** Rows of ids, padded to one length. */
export interface PaddedBatch {
  /** [B, T], row by row. */
  readonly ids: Int32Array;
  /** [B]: whole steps of each row, 0 … T. */
  readonly lengths: Int32Array;
  /** B */
  readonly batch: number;
  /** T */
  readonly time: number;
}

/** Rows of rows of ids, such as the characters of the words of sentences. */
export interface NestedBatch {
  /** [B, T, L] */
  readonly ids: Int32Array;
  /** [B]: outer length of each row (words of a sentence). */
  readonly lengths: Int32Array;
  /** [B, T]: inner lengths (characters of a word), 0 at padding. */
  readonly innerLengths: Int32Array;
  /** B */
  readonly batch: number;
  /** T */
  readonly time: number;
  /** L */
  readonly inner: number;
}

export interface PadOptions {
  /** Id that fills the rest of each row. */
  readonly pad: number;
  /** T is at least this, for models that need some steps. Default 1, so that no axis is empty. */
  readonly minLength?: number;
}

export interface NestedPadOptions extends PadOptions {
  /** L is at least this, for convolutions wider than the shortest words. Default 1. */
  readonly minInner?: number;
}

/**
 * Pads rows on the right to the longest of them.
 *
 * @throws {DataError} BATCH_EMPTY when there are no rows; BATCH_ID when an id is no whole number from 0 to 2³¹-1.
 */
export function padBatch(rows: readonly (readonly number[])[], options: PadOptions): PaddedBatch {
  requireRows(rows.length);
  const time = longest(rows, options.minLength ?? 1);
  const ids = new Int32Array(rows.length * time).fill(options.pad);
  const lengths = new Int32Array(rows.length);
  for (const [row, values] of rows.entries()) {
    lengths[row] = values.length;
    copyIds(values, ids, row * time, row);
  }
  return { ids, lengths, batch: rows.length, time };
}

/**
 * Pads two levels of rows on the right: words to the longest word of the batch, sentences to the longest sentence.
 *
 * @throws {DataError} BATCH_EMPTY, BATCH_ID as {@link padBatch}.
 */
export function padNested(
  rows: readonly (readonly (readonly number[])[])[],
  options: NestedPadOptions,
): NestedBatch {
  requireRows(rows.length);
  const time = longest(rows, options.minLength ?? 1);
  let inner = options.minInner ?? 1;
  for (const row of rows) inner = longest(row, inner);
  const ids = new Int32Array(rows.length * time * inner).fill(options.pad);
  const lengths = new Int32Array(rows.length);
  const innerLengths = new Int32Array(rows.length * time);
  for (const [row, words] of rows.entries()) {
    lengths[row] = words.length;
    for (const [step, values] of words.entries()) {
      innerLengths[row * time + step] = values.length;
      copyIds(values, ids, (row * time + step) * inner, row);
    }
  }
  return { ids, lengths, innerLengths, batch: rows.length, time, inner };
}

/**
 * 1 where a step belongs to its row and 0 where it is padding: [B, T] for lengths [B].
 *
 * @throws {DataError} BATCH_LENGTH when a length is no whole number from 0 to `time`.
 */
export function lengthMask(lengths: ArrayLike<number>, time: number): Float32Array {
  const mask = new Float32Array(lengths.length * time);
  for (let row = 0; row < lengths.length; row++) {
    const length = lengths[row] as number;
    if (!Number.isInteger(length) || length < 0 || length > time) {
      throw new DataError(
        "BATCH_LENGTH",
        `row ${row} has length ${length}, expected a whole number from 0 to ${time}.`,
      );
    }
    mask.fill(1, row * time, row * time + length);
  }
  return mask;
}

function longest(rows: readonly { readonly length: number }[], atLeast: number): number {
  let most = atLeast;
  for (const row of rows) if (row.length > most) most = row.length;
  return most;
}

function copyIds(values: readonly number[], target: Int32Array, offset: number, row: number): void {
  for (let i = 0; i < values.length; i++) {
    const id = values[i] as number;
    // Typed arrays would wrap or truncate a wrong id without a word.
    if (!Number.isInteger(id) || id < 0 || id > 0x7fffffff) {
      throw new DataError("BATCH_ID", `row ${row}, place ${i}: ${id} is no id.`, {
        hint: "Ids are whole numbers from 0, as a vocabulary's encode gives them.",
      });
    }
    target[offset + i] = id;
  }
}

function requireRows(count: number): void {
  if (count === 0) throw new DataError("BATCH_EMPTY", "a batch needs at least one row.");
}
