import type { Random } from "@timestep/base";

/** Units of a sentence and of its translation. */
export interface PairLength {
  readonly source: number;
  readonly target: number;
}

/** What bounds a batch. */
export interface PairBatchLimits {
  /** At most this many pairs. */
  readonly batchSize?: number;
  /** At most this many units of both sides together, padding included; a longer pair is a batch alone. */
  readonly maxTokens?: number;
}

/**
 * Groups pairs of similar length, so that little of a batch is padding on either side. Every place among `lengths` occurs
 * once. With `random`, lengths are jittered by up to a tenth before sorting and the batches shuffled; the same state of
 * `random` gives the same batches.
 */
export function pairBatches(
  lengths: readonly PairLength[],
  { batchSize = Number.POSITIVE_INFINITY, maxTokens = Number.POSITIVE_INFINITY }: PairBatchLimits,
  random?: Random,
): number[][] {
  const keys = lengths.map(({ source, target }) => {
    const length = source + target;
    return length + (random?.uniform() ?? 0) * Math.max(1, length / 10);
  });
  const order = lengths
    .map((_, place) => place)
    .sort((a, b) => (keys[a] as number) - (keys[b] as number) || a - b);
  const batches: number[][] = [];
  let current: number[] = [];
  let longest: PairLength = { source: 0, target: 0 };
  for (const place of order) {
    const own = lengths[place] as PairLength;
    const next = longer(longest, own);
    const tokens = (current.length + 1) * (next.source + next.target);
    if (current.length > 0 && (current.length >= batchSize || tokens > maxTokens)) {
      batches.push(current);
      current = [place];
      longest = own;
    } else {
      current.push(place);
      longest = next;
    }
  }
  if (current.length > 0) batches.push(current);
  return random === undefined ? batches : random.shuffled(batches);
}

function longer(a: PairLength, b: PairLength): PairLength {
  return { source: Math.max(a.source, b.source), target: Math.max(a.target, b.target) };
}
