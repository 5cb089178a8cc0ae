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

/**
 * Trimming, the rule that came before the blank: repeats are merged, and nothing can keep two labels apart that are the
 * same. Blanks, where a model has them, are dropped first. What is said twice in a row ("好棒棒") comes out once ("好棒").
 *
 * @example
 * ```ts
 * trim([0, 3, 3, 0, 3, 5], 0);   // [3, 5], where collapse gives [3, 3, 5]
 * ```
 */
export function trim(path: readonly number[], blank: number | null): number[] {
  return path.filter((symbol) => symbol !== blank).filter((symbol, n, kept) => symbol !== kept[n - 1]);
}
