import { sentenceBegin, sentenceEnd } from "./ngram-model.js";

/** N-grams of one length with how often they occur, by their words joined with spaces. */
export type NgramCounts = ReadonlyMap<string, { readonly words: readonly string[]; readonly count: number }>;

/**
 * How often each n-gram of 1 to `order` words occurs in sentences with `<s>` before and `</s>` behind them. `<s>` itself
 * is never said, so that it is no unigram.
 */
export function countNgrams(sentences: readonly (readonly string[])[], order: number): NgramCounts[] {
  return Array.from({ length: order }, (_, index) => {
    const counts = new Counter();
    for (const sentence of sentences) {
      const words = [sentenceBegin, ...sentence, sentenceEnd];
      for (let from = index === 0 ? 1 : 0; from + index < words.length; from++) {
        counts.add(words.slice(from, from + index + 1));
      }
    }
    return counts.all;
  });
}

/**
 * In how many contexts each n-gram occurs: behind how many different words. N-grams that begin a sentence stand behind
 * none and keep their counts, and so do those of the highest order, of which nothing `longer` is known.
 */
export function continuationCounts(own: NgramCounts, longer: NgramCounts | undefined): NgramCounts {
  if (longer === undefined) return own;
  const counts = new Counter();
  for (const { words, count } of own.values()) if (words[0] === sentenceBegin) counts.add(words, count);
  for (const { words } of longer.values()) counts.add(words.slice(1));
  return counts.all;
}

class Counter {
  readonly all = new Map<string, { words: readonly string[]; count: number }>();

  add(words: readonly string[], count = 1): void {
    const key = words.join(" ");
    const known = this.all.get(key);
    if (known === undefined) this.all.set(key, { words, count });
    else known.count += count;
  }
}
