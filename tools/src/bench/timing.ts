/** Median of the times of `run` in milliseconds, after `warmUp` runs that do not count. */
export async function medianMilliseconds(
  run: () => Promise<unknown>,
  repeats: number,
  warmUp = 3,
): Promise<number> {
  for (let i = 0; i < warmUp; i++) await run();
  const times: number[] = [];
  for (let i = 0; i < repeats; i++) {
    const started = performance.now();
    await run();
    times.push(performance.now() - started);
  }
  return times.sort((a, b) => a - b)[repeats >> 1] as number;
}

/** As many repeats as fit in about a second, 5 to 50. */
export async function repeatsFor(run: () => Promise<unknown>): Promise<number> {
  await run();
  const started = performance.now();
  await run();
  return Math.min(50, Math.max(5, Math.round(1000 / (performance.now() - started))));
}
