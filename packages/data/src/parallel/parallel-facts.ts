import { type Segmenter } from "../segment/segmenter.js";
import { UNK } from "../text/vocabulary.js";
import { sentenceKey } from "./divide-pairs.js";
import { type ParallelCorpus, type SentencePair } from "./parallel-corpus.js";

/** One language of a split. */
export interface SideFacts {
  /** How many of the sentences differ. */
  readonly distinct: number;
  readonly empty: number;
  /** What the measure counts, over all sentences; words between blanks unless told otherwise. */
  readonly units: number;
  readonly longest: number;
}

export interface ParallelSplitFacts {
  readonly pairs: number;
  readonly source: SideFacts;
  readonly target: SideFacts;
  /**
   * Pairs with one side more than {@link RATIO_LIMIT} times as long as the other, measured against the ratio of the whole
   * split: often no translations of each other. Pairs with fewer than {@link RATIO_LEAST} units on the longer side are
   * not judged.
   */
  readonly outliers: readonly SentencePair[];
}

/** Different sentences of the first split that the second has too: what a model may have seen before it is tested. */
export interface ParallelOverlap {
  readonly splits: readonly [string, string];
  readonly source: number;
  readonly target: number;
  /** Pairs of which both sides are in both splits together. */
  readonly pairs: number;
}

export interface ParallelFacts {
  readonly splits: ReadonlyMap<string, ParallelSplitFacts>;
  /** Every pair of splits with different contents, also those that share nothing. */
  readonly overlaps: readonly ParallelOverlap[];
}

/** A pair is an outlier from this ratio of lengths on. */
export const RATIO_LIMIT = 3;
/** Shorter pairs vary more than this tells. */
export const RATIO_LEAST = 6;

/** How long a sentence of either side is. */
export interface SideMeasures {
  readonly source: (text: string) => number;
  readonly target: (text: string) => number;
}

const WORDS = (text: string): number => text.match(/\S+/gu)?.length ?? 0;

/**
 * Counts sentences, their lengths and differences, pairs of unlikely lengths, and sentences that two splits share. A
 * split that goes under two names is counted once, under the first.
 *
 * @param measures Lengths in other units than words between blanks: pieces of a segmenter, or characters of Chinese.
 */
export function parallelFacts(
  corpus: Pick<ParallelCorpus, "splits">,
  measures: SideMeasures = { source: WORDS, target: WORDS },
): ParallelFacts {
  const lists = new Map<SentencePair[], string>();
  for (const [name, pairs] of Object.entries(corpus.splits)) {
    if (pairs !== undefined && !lists.has(pairs)) lists.set(pairs, name);
  }
  const splits = new Map<string, ParallelSplitFacts>();
  const keys: KeyedSplit[] = [];
  for (const [pairs, name] of lists) {
    splits.set(name, splitFacts(pairs, measures));
    keys.push(keyedSplit(name, pairs));
  }
  const overlaps = keys.flatMap((left, index) => keys.slice(index + 1).map((right) => overlap(left, right)));
  return { splits, overlaps };
}

function splitFacts(pairs: readonly SentencePair[], measures: SideMeasures): ParallelSplitFacts {
  const lengths = pairs.map(({ source, target }) => {
    return { source: measures.source(source), target: measures.target(target) };
  });
  const side = (of: "source" | "target"): SideFacts => ({
    distinct: new Set(pairs.map((pair) => pair[of])).size,
    empty: pairs.filter((pair) => pair[of] === "").length,
    units: lengths.reduce((sum, length) => sum + length[of], 0),
    longest: lengths.reduce((most, length) => Math.max(most, length[of]), 0),
  });
  const [source, target] = [side("source"), side("target")];
  // One language needs more units than the other; what is unlikely is measured from there.
  const usual = target.units === 0 ? 1 : source.units / target.units;
  const outliers = pairs.filter((_pair, index) => {
    const { source: left, target: right } = lengths[index] as { source: number; target: number };
    if (left === 0 || right === 0 || Math.max(left, right) < RATIO_LEAST) return false;
    const ratio = left / right / usual;
    return Math.max(ratio, 1 / ratio) > RATIO_LIMIT;
  });
  return { pairs: pairs.length, source, target, outliers };
}

interface KeyedSplit {
  readonly name: string;
  readonly source: ReadonlySet<string>;
  readonly target: ReadonlySet<string>;
  readonly both: ReadonlySet<string>;
}

function keyedSplit(name: string, pairs: readonly SentencePair[]): KeyedSplit {
  const full = pairs.filter((pair) => pair.source !== "" && pair.target !== "");
  const source = full.map((pair) => sentenceKey(pair.source));
  const target = full.map((pair) => sentenceKey(pair.target));
  const both = source.map((key, index) => `${key}\n${target[index] as string}`);
  return { name, source: new Set(source), target: new Set(target), both: new Set(both) };
}

function overlap(left: KeyedSplit, right: KeyedSplit): ParallelOverlap {
  const shared = (a: ReadonlySet<string>, b: ReadonlySet<string>): number =>
    [...a].filter((key) => b.has(key)).length;
  return {
    splits: [left.name, right.name],
    source: shared(left.source, right.source),
    target: shared(left.target, right.target),
    pairs: shared(left.both, right.both),
  };
}

/** What a segmenter makes of texts. */
export interface UnitFacts {
  readonly units: number;
  readonly longest: number;
  /** Share of the units, 0 to 1, that are unknown. */
  readonly unknown: number;
}

/** Counts units, the longest text in units, and the share that is unknown. */
export function unitFacts(segmenter: Segmenter, texts: Iterable<string>): UnitFacts {
  let [units, longest, unknown] = [0, 0, 0];
  for (const text of texts) {
    const ids = segmenter.encodeIds(text);
    units += ids.length;
    longest = Math.max(longest, ids.length);
    unknown += ids.filter((id) => id === UNK).length;
  }
  return { units, longest, unknown: units === 0 ? 0 : unknown / units };
}
