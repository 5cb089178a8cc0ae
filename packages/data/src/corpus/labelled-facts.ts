import { type Split } from "./corpus.js";
import { type LabelledCorpus } from "./labelled.js";

/** What a split of labelled texts holds. */
export interface SplitFacts {
  readonly texts: number;
  /** How many of them differ. */
  readonly distinct: number;
  /** Texts that stand there with two labels or more. */
  readonly contradicting: number;
  readonly byLabel: ReadonlyMap<string, number>;
  /** Length of the longest text in characters (UTF-16 code units). */
  readonly longest: number;
}

/** Different texts that occur in two splits: what a model may have seen before it is tested on it. */
export interface Overlap {
  readonly splits: readonly [Split, Split];
  readonly texts: number;
}

export interface CorpusFacts {
  readonly splits: ReadonlyMap<Split, SplitFacts>;
  /** Every pair of splits, also those that share nothing. */
  readonly overlaps: readonly Overlap[];
}

/** Counts texts, labels and duplicates of a corpus, and texts that occur in more than one split. */
export function corpusFacts(corpus: Pick<LabelledCorpus, "splits">): CorpusFacts {
  const splits = new Map<Split, SplitFacts>();
  const texts: { split: Split; labels: Map<string, Set<string>> }[] = [];
  for (const split of ["train", "dev", "test"] as const) {
    const examples = corpus.splits[split];
    if (examples === undefined) continue;
    const labels = new Map<string, Set<string>>();
    const byLabel = new Map<string, number>();
    let longest = 0;
    for (const { text, label } of examples) {
      const known = labels.get(text) ?? new Set();
      labels.set(text, known.add(label));
      byLabel.set(label, (byLabel.get(label) ?? 0) + 1);
      longest = Math.max(longest, text.length);
    }
    const contradicting = [...labels.values()].filter((known) => known.size > 1).length;
    splits.set(split, { texts: examples.length, distinct: labels.size, contradicting, byLabel, longest });
    texts.push({ split, labels });
  }
  const overlaps = texts.flatMap((left, index) =>
    texts.slice(index + 1).map((right): Overlap => {
      const shared = [...left.labels.keys()].filter((text) => right.labels.has(text));
      return { splits: [left.split, right.split], texts: shared.length };
    }),
  );
  return { splits, overlaps };
}
