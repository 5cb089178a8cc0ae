/** How often each n-gram occurs, by its number; `size` is how many numbers there are. */
export function occurrences(ngrams: Int32Array, size: number): Int32Array {
  const counts = new Int32Array(size);
  for (const ngram of ngrams) counts[ngram] = (counts[ngram] as number) + 1;
  return counts;
}

/**
 * By order from 1, how many n-grams of a text are allowed, each n-gram at most as often as `allowed` says. Numbers beyond
 * `allowed`'s end count as 0. What is matched is taken from `allowed`.
 *
 * @param ngrams As `NgramIndex.ngrams` gives them for a text of `length` symbols.
 */
export function takeMatches(
  allowed: Int32Array,
  ngrams: Int32Array,
  length: number,
  maxOrder: number,
): number[] {
  const matches: number[] = [];
  let position = 0;
  for (let order = 1; order <= maxOrder; order++) {
    let matched = 0;
    for (const end = position + ngramTotal(length, order); position < end; position++) {
      const ngram = ngrams[position] as number;
      const left = allowed[ngram] ?? 0;
      if (left === 0) continue;
      allowed[ngram] = left - 1;
      matched++;
    }
    matches.push(matched);
  }
  return matches;
}

/** How many n-grams of one order a text of `length` symbols has. */
export function ngramTotal(length: number, order: number): number {
  return Math.max(0, length - order + 1);
}

/** {@link ngramTotal} of the orders from 1. */
export function ngramTotals(length: number, maxOrder: number): number[] {
  const totals: number[] = [];
  for (let order = 1; order <= maxOrder; order++) totals.push(ngramTotal(length, order));
  return totals;
}
