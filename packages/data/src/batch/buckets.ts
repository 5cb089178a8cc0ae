import { ConfigError, type Random, ShapeError } from "@timestep/base";

export interface BucketOptions {
  /** At most this many examples in a batch. */
  readonly batchSize?: number;
  /** At most this many steps in a batch, padding included (examples × longest). A longer example is a batch alone. */
  readonly maxTokens?: number;
  /**
   * Lengths of a second sequence of each example: the sources of translations, say, beside the lengths of the targets.
   * A batch then counts examples × (longest + longest second) steps, and examples of one length are ordered by the second.
   */
  readonly secondLengths?: ArrayLike<number>;
}

/**
 * Groups examples of similar length, so that little of a batch is padding. Returns lists of indices into `lengths`;
 * every index occurs exactly once.
 *
 * With `random`, lengths are jittered by up to a tenth before sorting, so that batches differ from epoch to epoch, and
 * the order of batches is shuffled; the same state of `random` gives the same batches. Without it (evaluation),
 * batches go from short to long.
 *
 * @throws {ShapeError} BATCH_LENGTHS when there are not as many second lengths as first ones.
 * @throws {ConfigError} BATCH_SIZE when neither limit is given or one is no whole number of at least 1.
 */
export function bucketBatches(
  lengths: ArrayLike<number>,
  options: BucketOptions,
  random?: Random,
): number[][] {
  const { batchSize = Number.POSITIVE_INFINITY, maxTokens = Number.POSITIVE_INFINITY } = options;
  checkLimits(batchSize, maxTokens);
  const { secondLengths: seconds } = options;
  if (seconds !== undefined && seconds.length !== lengths.length) {
    throw new ShapeError(
      "BATCH_LENGTHS",
      `${lengths.length} examples have ${seconds.length} second lengths.`,
      {
        hint: "Give one for each example.",
      },
    );
  }
  const jittered = (length: number): number => length + (random?.uniform() ?? 0) * Math.max(1, length / 10);
  // Whole first lengths leave enough that are equal for the second ones to matter.
  const keys = Float64Array.from(lengths, (length) =>
    seconds === undefined ? jittered(length) : Math.round(jittered(length)),
  );
  const secondKeys = Float64Array.from(seconds ?? [], jittered);
  const order = Array.from(keys.keys());
  const difference = (of: Float64Array, a: number, b: number): number => (of[a] ?? 0) - (of[b] ?? 0);
  order.sort((a, b) => difference(keys, a, b) || difference(secondKeys, a, b) || a - b);
  const batches: number[][] = [];
  let current: number[] = [];
  let longest: readonly [number, number] = [0, 0];
  for (const index of order) {
    const own = [lengths[index] as number, seconds?.[index] ?? 0] as const;
    const [first, second] = [Math.max(longest[0], own[0]), Math.max(longest[1], own[1])];
    const full = current.length >= batchSize || (current.length + 1) * (first + second) > maxTokens;
    if (current.length > 0 && full) {
      batches.push(current);
      current = [];
      longest = own;
    } else {
      longest = [first, second];
    }
    current.push(index);
  }
  if (current.length > 0) batches.push(current);
  return random === undefined ? batches : random.shuffled(batches);
}

function checkLimits(batchSize: number, maxTokens: number): void {
  const whole = (limit: number): boolean =>
    limit === Number.POSITIVE_INFINITY || (Number.isInteger(limit) && limit >= 1);
  if (whole(batchSize) && whole(maxTokens) && Math.min(batchSize, maxTokens) < Number.POSITIVE_INFINITY)
    return;
  throw new ConfigError(
    "BATCH_SIZE",
    `batches need batchSize or maxTokens, whole numbers of at least 1; got ${batchSize} and ${maxTokens}.`,
    {
      hint: "For example { batchSize: 32 }, or { maxTokens: 2000 } where lengths differ widely.",
    },
  );
}
