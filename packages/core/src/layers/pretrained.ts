import type { Random } from "@timestep/base";
import { normal, type Values } from "@timestep/engine";

/** Word vectors as a reader gives them. */
export interface WordTable {
  readonly words: readonly string[];
  readonly dimension: number;
  /** [words, dimension] */
  readonly values: Float32Array;
}

/** A table of pretrained vectors [V, size] with rows for padding and unknown words in front. */
export interface PretrainedTable {
  readonly vocabularySize: number;
  readonly size: number;
  readonly initial: Values;
}

/** Padding is zeros; an unknown word starts as the mean of all. */
export function pretrainedTable({ words, dimension, values }: WordTable): PretrainedTable {
  const table = new Float32Array((words.length + 2) * dimension);
  table.set(values, 2 * dimension);
  for (let i = 0; i < values.length; i++) {
    const column = dimension + (i % dimension);
    table[column] = (table[column] as number) + (values[i] as number) / words.length;
  }
  return {
    vocabularySize: words.length + 2,
    size: dimension,
    initial: { shape: [words.length + 2, dimension], data: table },
  };
}

/** A table of the right shape whose values will be loaded. */
export function emptyTable(vocabularySize: number, size: number, random: Random): PretrainedTable {
  return { vocabularySize, size, initial: normal([vocabularySize, size], 0, random) };
}
