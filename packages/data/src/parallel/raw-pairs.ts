import { ConfigError } from "@timestep/base";
import { count, Tally } from "../corpus/labelled.js";
import { emptyError } from "../corpus/raw.js";
import { type SentencePair } from "./parallel-corpus.js";

/** What pairs are measured against. */
export interface PairLimits {
  /** Sentences of training above this many characters (UTF-16 code units) are left out. Default 1000. */
  readonly maxCharacters?: number | undefined;
}

export const DEFAULT_MAX_CHARACTERS = 1000;

/** @throws {ConfigError} PARALLEL_LIMIT when the limit is no whole number of at least 1. */
export function requireLimit({ maxCharacters = DEFAULT_MAX_CHARACTERS }: PairLimits): number {
  if (Number.isInteger(maxCharacters) && maxCharacters >= 1) return maxCharacters;
  throw new ConfigError(
    "PARALLEL_LIMIT",
    `maxCharacters must be a whole number of at least 1, got ${maxCharacters}.`,
  );
}

/**
 * What every format's pairs go through. Ends are trimmed. Training goes without pairs that have an empty side or one
 * longer than the limit, counted in a warning; other splits keep them, since what is translated must neither lose nor
 * move a line.
 *
 * @throws {DataError} DATA_EMPTY when no pair is left.
 */
export function checkedPairs(
  raw: readonly SentencePair[],
  name: string,
  { train, maxCharacters }: { readonly train: boolean; readonly maxCharacters: number },
  warnings: string[],
): SentencePair[] {
  const empty = new Tally();
  const long = new Tally();
  const pairs: SentencePair[] = [];
  for (const pair of raw) {
    const source = pair.source.trim();
    const target = pair.target.trim();
    const longest = Math.max(source.length, target.length);
    if (source === "" || target === "") empty.add(pair.where[source === "" ? "source" : "target"]);
    else if (longest > maxCharacters) {
      long.add(pair.where[source.length === longest ? "source" : "target"]);
    } else {
      pairs.push({ ...pair, source, target });
      continue;
    }
    if (!train) pairs.push({ ...pair, source, target });
  }
  const fate = train ? "left out" : "kept";
  if (empty.count > 0) {
    const what = count(empty.count, "pair with an empty side was", "pairs with an empty side were");
    warnings.push(`${name}: ${what} ${fate}${empty.first()}.`);
  }
  if (long.count > 0) {
    const what = count(long.count, "pair", "pairs");
    const were = long.count === 1 ? "was" : "were";
    warnings.push(
      `${name}: ${what} with more than ${maxCharacters} characters on a side ${were} ${fate}${long.first()}.`,
    );
  }
  if (pairs.length === 0) throw emptyError(name);
  return pairs;
}
