import { ConfigError, DataError, seeded } from "@timestep/base";
import { type SentencePair } from "./parallel-corpus.js";

/** Shares of the pairs that go to the dev and the test split; training keeps the rest. */
export interface DivisionShares {
  readonly dev: number;
  readonly test: number;
}

export interface DividedPairs {
  readonly train: SentencePair[];
  readonly dev: SentencePair[];
  readonly test: SentencePair[];
}

/**
 * Divides a corpus that has no splits so that no sentence of either language is in two of them.
 *
 * Pairs that share a sentence on either side form a group, as do pairs that are linked through others; a group goes
 * into one split whole. Sentences count as the same when their letters and digits are the same, in any case. Which split
 * follows from a hash of the group's sentences alone: neither the order of the lines nor the direction of translation
 * moves a pair, and lines added later move only groups that they link. Shares are met on average, not to the line.
 *
 * @throws {ConfigError} SPLIT_SHARE when a share is not from 0 to below 1, or both together leave nothing to train on.
 * @throws {DataError} SPLIT_TOO_FEW when a split with a share, or training, gets no pair.
 */
export function dividePairs(pairs: readonly SentencePair[], { dev, test }: DivisionShares): DividedPairs {
  if (!(dev >= 0 && test >= 0 && dev + test < 1)) {
    throw new ConfigError(
      "SPLIT_SHARE",
      `the shares of dev and test are ${dev} and ${test}, expected 0 or more and together below 1.`,
    );
  }
  const divided: DividedPairs = { train: [], dev: [], test: [] };
  const places = groupPlaces(pairs);
  for (const [index, pair] of pairs.entries()) {
    const place = places[index] as number;
    divided[place < test ? "test" : place < test + dev ? "dev" : "train"].push(pair);
  }
  const lacking = (["train", "dev", "test"] as const).find(
    (split) => divided[split].length === 0 && (split === "train" || (split === "dev" ? dev : test) > 0),
  );
  if (lacking === undefined) return divided;
  throw new DataError("SPLIT_TOO_FEW", `${pairs.length} pairs are too few to divide: ${lacking} gets none.`, {
    hint: "Give more pairs, or give each split a file of its own.",
  });
}

/** What two sentences must share to be the same: their letters, marks and digits, compatible forms made one. */
export function sentenceKey(text: string): string {
  const key = text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, " ")
    .trim();
  return key === "" ? text.trim() : key; // "!!!" and "???" are not the same sentence
}

/** For each pair a number from 0 to 1 that all pairs of its group have in common. */
function groupPlaces(pairs: readonly SentencePair[]): number[] {
  const groups = new Groups(pairs.length);
  const firstWith = new Map<string, number>();
  const hashes = pairs.map(({ source, target }, index) => {
    let least = Number.POSITIVE_INFINITY;
    // The two languages share one table, so that the direction makes no difference.
    for (const key of [sentenceKey(source), sentenceKey(target)]) {
      const other = firstWith.get(key);
      if (other === undefined) firstWith.set(key, index);
      else groups.join(index, other);
      least = Math.min(least, hashOf(key));
    }
    return least;
  });
  // The least hash names the group, whatever its order; drawn through a generator, it is spread evenly again.
  const least = new Map<number, number>();
  for (const [index, hash] of hashes.entries()) {
    const group = groups.of(index);
    least.set(group, Math.min(least.get(group) ?? Number.POSITIVE_INFINITY, hash));
  }
  return pairs.map((_pair, index) => seeded(least.get(groups.of(index)) ?? 0).uniform());
}

/** Disjoint sets with path halving. */
class Groups {
  private readonly above: Int32Array;

  constructor(count: number) {
    this.above = Int32Array.from({ length: count }, (_, index) => index);
  }

  of(index: number): number {
    let at = index;
    while (this.above[at] !== at) {
      const next = this.above[this.above[at] as number] as number;
      this.above[at] = next;
      at = next;
    }
    return at;
  }

  join(a: number, b: number): void {
    this.above[this.of(a)] = this.of(b);
  }
}

/** FNV-1a over code points, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const char of text) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return hash;
}
