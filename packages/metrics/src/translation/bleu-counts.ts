import { NgramIndex } from "../text/ngram-index.js";
import { ngramTotals, occurrences, takeMatches } from "../text/ngram-matches.js";
import { Symbols } from "../text/symbols.js";

/** What BLEU needs to know of a sentence or a corpus; the counts of sentences add up to those of their corpus. */
export interface BleuCounts {
  /** By order from 1: n-grams of the hypothesis that a reference has, each at most as often as in any one reference. */
  readonly matches: readonly number[];
  /** By order from 1: n-grams of the hypothesis. */
  readonly totals: readonly number[];
  /** Words. */
  readonly hypothesisLength: number;
  /** Words of the reference whose length is closest to the hypothesis's, of two as close the shorter. */
  readonly referenceLength: number;
}

/** Counts n-grams of one sentence after another, in memory that it uses again. */
export class BleuCounter {
  private readonly words = new Symbols();
  private readonly index = new NgramIndex();

  constructor(private readonly maxOrder: number) {}

  /** @param references At least one, in words, as is the hypothesis. */
  count(references: readonly (readonly string[])[], hypothesis: readonly string[]): BleuCounts {
    this.index.clear();
    const allowed = this.countReferences(references);
    const ngrams = this.index.ngrams(this.words.encode(hypothesis), this.maxOrder);
    return {
      matches: takeMatches(allowed, ngrams, hypothesis.length, this.maxOrder),
      totals: ngramTotals(hypothesis.length, this.maxOrder),
      hypothesisLength: hypothesis.length,
      referenceLength: closestLength(references, hypothesis.length),
    };
  }

  /** By n-gram, how often the reference has it that has it most often. */
  private countReferences(references: readonly (readonly string[])[]): Int32Array {
    const texts = references.map((words) => this.index.ngrams(this.words.encode(words), this.maxOrder));
    const [first, ...others] = texts.map((ngrams) => occurrences(ngrams, this.index.size));
    const most = first as Int32Array;
    for (const counts of others) {
      for (const [ngram, count] of counts.entries()) {
        if (count > (most[ngram] as number)) most[ngram] = count;
      }
    }
    return most;
  }
}

/** The sum of the counts of some sentences. */
export function addBleuCounts(sentences: readonly BleuCounts[]): BleuCounts {
  const maxOrder = sentences[0]?.totals.length ?? 0;
  const matches = new Array<number>(maxOrder).fill(0);
  const totals = new Array<number>(maxOrder).fill(0);
  let hypothesisLength = 0;
  let referenceLength = 0;
  for (const counts of sentences) {
    for (let order = 0; order < maxOrder; order++) {
      matches[order] = (matches[order] as number) + (counts.matches[order] as number);
      totals[order] = (totals[order] as number) + (counts.totals[order] as number);
    }
    hypothesisLength += counts.hypothesisLength;
    referenceLength += counts.referenceLength;
  }
  return { matches, totals, hypothesisLength, referenceLength };
}

function closestLength(references: readonly (readonly string[])[], length: number): number {
  let closest = Infinity;
  for (const { length: candidate } of references) {
    const difference = Math.abs(candidate - length) - Math.abs(closest - length);
    if (closest === Infinity || difference < 0 || (difference === 0 && candidate < closest))
      closest = candidate;
  }
  return closest;
}
