/**
 * The fewest frames in which CTC can emit these labels: one for each, and a blank between two that are the same.
 *
 * @see Graves et al. 2006, doi:10.1145/1143844.1143891, section 3.1.
 */
export function ctcMinimumLength(labels: readonly number[]): number {
  return labels.length + labels.filter((label, n) => n > 0 && label === labels[n - 1]).length;
}

/** Whether `length` frames are enough for these labels. */
export function ctcFeasible(labels: readonly number[], length: number): boolean {
  return ctcMinimumLength(labels) <= length;
}

/**
 * The labels that a path over frames stands for: repeats are merged, then blanks removed (the map B of the paper).
 *
 * @example
 * ```ts
 * collapse([0, 3, 3, 0, 3, 5], 0);   // [3, 3, 5]
 * ```
 */
export function collapse(path: readonly number[], blank: number): number[] {
  return path.filter((symbol, t) => symbol !== blank && symbol !== path[t - 1]);
}
