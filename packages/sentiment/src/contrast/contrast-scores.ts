import { DataError } from "@timestep/base";
import { type ContrastPair } from "./read-contrast.js";

/** How a classifier does on some pairs. */
export interface ContrastScore {
  readonly pairs: number;
  /** Sentences labelled rightly, percent. Guessing, and any method that gives both of a pair one label, gets 50. */
  readonly accuracy: number;
  /** Pairs with both sentences right, percent: it told the two apart. */
  readonly bothRight: number;
}

export interface ContrastScores extends ContrastScore {
  readonly kinds: ReadonlyMap<string, ContrastScore>;
}

/**
 * Scores a classifier on a contrast set, over all and by kind.
 *
 * @param isPositive What the classifier says of a sentence; undefined where it says neither, which is never right.
 * @throws {DataError} METRIC_EMPTY when there are no pairs.
 * @see Gardner et al. 2020, "Evaluating models' local decision boundaries via contrast sets", Findings of EMNLP.
 */
export function contrastScores(
  pairs: readonly ContrastPair[],
  isPositive: (sentence: string) => boolean | undefined,
): ContrastScores {
  if (pairs.length === 0) {
    throw new DataError("METRIC_EMPTY", "there are no contrast pairs to score.", {
      hint: "Check that the contrast set was read.",
    });
  }
  const kinds = new Map<string, Tally>();
  const all = new Tally();
  for (const { kind, positive, negative } of pairs) {
    const ofKind = kinds.get(kind) ?? new Tally();
    kinds.set(kind, ofKind);
    const right = [isPositive(positive) === true, isPositive(negative) === false];
    for (const tally of [all, ofKind]) tally.add(right.filter(Boolean).length);
  }
  return { ...all.score(), kinds: new Map([...kinds].map(([kind, tally]) => [kind, tally.score()])) };
}

class Tally {
  private pairs = 0;
  private right = 0;
  private both = 0;

  add(right: number): void {
    this.pairs++;
    this.right += right;
    if (right === 2) this.both++;
  }

  score(): ContrastScore {
    return {
      pairs: this.pairs,
      accuracy: (50 * this.right) / this.pairs,
      bothRight: (100 * this.both) / this.pairs,
    };
  }
}
