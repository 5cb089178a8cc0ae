/** How long to measure. */
export interface TimingOptions {
  /** Repeats go on for so many seconds. Default 1. */
  readonly seconds?: number;
  /** There are at least so many repeats, unless they take five times as long. Default 5. */
  readonly least?: number;
  /** Runs that do not count go on for so many seconds, at least one. Default 0.3: code is compiled as it gets warm. */
  readonly warmUpSeconds?: number;
}

/** Median of the times of `run` in milliseconds. */
export async function medianMilliseconds(
  run: () => Promise<unknown>,
  { seconds = 1, least = 5, warmUpSeconds = 0.3 }: TimingOptions = {},
): Promise<number> {
  const started = performance.now();
  do await run();
  while (performance.now() - started < warmUpSeconds * 1000);
  const times: number[] = [];
  let total = 0;
  while (times.length === 0 || total < (times.length >= least ? 1000 : 5000) * seconds) {
    const before = performance.now();
    await run();
    const took = performance.now() - before;
    times.push(took);
    total += took;
  }
  return median(times);
}

/**
 * The middle of some numbers; of an even count the mean of the two in the middle.
 *
 * @throws {RangeError} when there are none.
 */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  const lower = sorted[middle - (1 - (sorted.length % 2))];
  if (upper === undefined || lower === undefined) throw new RangeError("there is no median of no numbers");
  return (lower + upper) / 2;
}
