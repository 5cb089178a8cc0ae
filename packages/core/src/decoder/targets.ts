import { ShapeError } from "@timestep/base";

/** Sequences of tokens as a decoder learns them: what each step reads, and what it should give. */
export interface TargetBatch {
  /** B */
  readonly batch: number;
  /** T: steps of the longest row. */
  readonly time: number;
  /** What each step reads under teacher forcing: the beginning, then the tokens; [B·T], row by row. */
  readonly inputs: Int32Array;
  /** What each step should give: the tokens, then the end; [B·T], row by row. */
  readonly outputs: Int32Array;
  /** Steps of each row: its tokens and the end. Beyond them both hold 0, which nothing reads. */
  readonly lengths: readonly number[];
}

/**
 * Sequences of tokens with their beginnings and ends, padded.
 *
 * @throws {ShapeError} TARGETS_EMPTY when there is no sequence at all.
 *
 * @example
 * ```ts
 * teacherForced([[7, 8], [9]], { begin: 1, end: 2 });
 * // inputs 1 7 8 | 1 9 0, outputs 7 8 2 | 9 2 0, lengths 3, 2
 * ```
 */
export function teacherForced(
  sequences: readonly ArrayLike<number>[],
  { begin, end }: { readonly begin: number; readonly end: number },
): TargetBatch {
  if (sequences.length === 0) {
    throw new ShapeError("TARGETS_EMPTY", "a batch of targets needs at least one sequence, got none.", {
      hint: "A sequence may be empty: its only step is then the end.",
    });
  }
  const lengths = sequences.map(({ length }) => length + 1);
  const [batch, time] = [sequences.length, Math.max(...lengths)];
  const inputs = new Int32Array(batch * time);
  const outputs = new Int32Array(batch * time);
  sequences.forEach((sequence, row) => {
    inputs[row * time] = begin;
    inputs.set(sequence, row * time + 1);
    outputs.set(sequence, row * time);
    outputs[row * time + sequence.length] = end;
  });
  return { batch, time, inputs, outputs, lengths };
}
