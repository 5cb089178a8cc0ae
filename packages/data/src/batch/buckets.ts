import { ConfigError, type Random } from "@timestep/base";

export interface BucketOptions {
  /** At most this many examples in a batch. */
  readonly batchSize?: number;
  /** At most this many steps in a batch, padding included (examples × longest). A longer example is a batch alone. */
  readonly maxTokens?: number;
}

/**
 * Groups examples of similar length, so that little of a batch is padding. Returns lists of indices into `lengths`;
 * every index occurs exactly once.
 *
 * With `random`, lengths are jittered by up to a tenth before sorting, so that batches differ from epoch to epoch, and
 * the order of batches is shuffled; the same state of `random` gives the same batches. Without it (evaluation),
 * batches go from short to long.
 *
 * @throws {ConfigError} BATCH_SIZE when neither limit is given or one is no whole number of at least 1.
 */
export function bucketBatches(
  lengths: ArrayLike<number>,
  options: BucketOptions,
  random?: Random,
): number[][] {
  const { batchSize = Number.POSITIVE_INFINITY, maxTokens = Number.POSITIVE_INFINITY } = options;
  checkLimits(batchSize, maxTokens);
  const keys = Float64Array.from(
    lengths,
    (length) => length + (random?.uniform() ?? 0) * Math.max(1, length / 10),
  );
  const order = Array.from(keys.keys());
  order.sort((a, b) => (keys[a] as number) - (keys[b] as number) || a - b);
  const batches: number[][] = [];
  let current: number[] = [];
  let longest = 0;
  for (const index of order) {
    const length = lengths[index] as number;
    const next = Math.max(longest, length);
    if (current.length > 0 && (current.length >= batchSize || (current.length + 1) * next > maxTokens)) {
      batches.push(current);
      current = [];
      longest = 0;
    }
    current.push(index);
    longest = Math.max(longest, length);
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
