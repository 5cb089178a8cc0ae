import { DataError } from "@timestep/base";
import { type Where } from "../corpus/labelled.js";

/** A sentence and its translation, and where each is written; both may be empty outside training. */
export interface SentencePair {
  readonly source: string;
  readonly target: string;
  readonly where: { readonly source: Where; readonly target: Where };
}

export type ParallelFormat = "lines" | "tsv" | "jsonl";

/** Sentences and their translations as read, and what is worth telling the user about them. */
export interface ParallelCorpus {
  /** What the source is called. */
  readonly name: string;
  readonly format: ParallelFormat;
  /** The language translated from and the one translated to, as files, headings or keys name them. */
  readonly languages: { readonly from: string; readonly to: string };
  /**
   * `train`, `dev` and `test`; where there are several test sets, `test` is the first by name, and each is there under
   * its own name too (`test_2016_flickr`).
   */
  readonly splits: Readonly<Partial<Record<string, SentencePair[]>>>;
  /** SHA-256 of each file that was read, by its name. */
  readonly checksums: Record<string, string>;
  /** Full sentences: what was left out or looks wrong, how often, and where first. */
  readonly warnings: string[];
}

/**
 * The pairs of one split, by its name.
 *
 * @throws {DataError} DATA_SPLIT_MISSING when the corpus lacks it; the message lists those that are there.
 */
export function requirePairs(corpus: Pick<ParallelCorpus, "name" | "splits">, split: string): SentencePair[] {
  const pairs = Object.hasOwn(corpus.splits, split) ? corpus.splits[split] : undefined;
  if (pairs !== undefined) return pairs;
  const there = Object.entries(corpus.splits).map(([name, list]) => `${name} (${list?.length ?? 0} pairs)`);
  throw new DataError(
    "DATA_SPLIT_MISSING",
    `"${corpus.name}" has no split "${split}"; it has ${there.join(", ")}.`,
    { hint: "Choose a split that is there, or add files whose names say it, such as train.en and train.de." },
  );
}
