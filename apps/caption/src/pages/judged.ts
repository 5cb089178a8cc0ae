import { type Caption, type CaptionExample } from "@timestep/captioning";
import { type SplitLessons } from "../lessons.js";
import { type ScoredSplit } from "../scoring.js";

/** A picture with its captions and how good the network's is. */
export interface Judged {
  readonly example: CaptionExample;
  readonly said: Caption;
  readonly ciderD: number;
}

/** The pictures of a split from the best caption to the worst, by CIDEr-D; of equals in their order. */
export function judged({ examples }: SplitLessons, { captions, scores }: ScoredSplit): Judged[] {
  return examples
    .map((example, row): Judged => {
      return { example, said: captions[row] as Caption, ciderD: scores.byPicture[row] as number };
    })
    .sort((a, b) => b.ciderD - a.ciderD);
}

/** The two ends and the middle of a list: up to `most` of each, none twice, the last from its end on. */
export function endsAndMiddle<T>(sorted: readonly T[], most: number): { best: T[]; median: T[]; worst: T[] } {
  const each = Math.min(most, Math.ceil(sorted.length / 3));
  const worst = sorted.slice(Math.max(each, sorted.length - each)).reverse();
  const between = sorted.slice(each, sorted.length - worst.length);
  const from = Math.floor((between.length - Math.min(each, between.length)) / 2);
  return { best: sorted.slice(0, each), median: between.slice(from, from + each), worst };
}
