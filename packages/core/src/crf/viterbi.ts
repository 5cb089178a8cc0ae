import { type Chain, type EmissionRow } from "./chain.js";

/** A tag sequence with its score in nats (not normalised). */
export interface ScoredPath {
  readonly tags: number[];
  readonly score: number;
}

/**
 * The best tag sequence of a row (Viterbi 1967, doi:10.1109/TIT.1967.1054010), ties to the lower tag; null when the
 * constraints leave none. An empty row has the empty path with score 0.
 *
 * **Cost.** L·K² additions and comparisons, L·K back-pointers.
 */
export function viterbi(chain: Chain, row: EmissionRow): ScoredPath | null {
  const { tagCount, transitions } = chain;
  const { values, offset, length } = row;
  if (length === 0) return { tags: [], score: 0 };
  const back = new Int32Array(length * tagCount);
  let best = new Float64Array(tagCount);
  let next = new Float64Array(tagCount);
  for (let k = 0; k < tagCount; k++) best[k] = (chain.start[k] as number) + (values[offset + k] as number);
  for (let t = 1; t < length; t++) {
    next.fill(-Infinity);
    const pointers = back.subarray(t * tagCount, (t + 1) * tagCount);
    for (let from = 0; from < tagCount; from++) {
      const score = best[from] as number;
      const base = from * tagCount;
      for (let to = 0; to < tagCount; to++) {
        const candidate = score + (transitions[base + to] as number);
        if (candidate > (next[to] as number)) {
          next[to] = candidate;
          pointers[to] = from;
        }
      }
    }
    for (let k = 0; k < tagCount; k++) {
      next[k] = (next[k] as number) + (values[offset + t * tagCount + k] as number);
    }
    [best, next] = [next, best];
  }
  let score = -Infinity;
  let last = -1;
  for (let k = 0; k < tagCount; k++) {
    const candidate = (best[k] as number) + (chain.end[k] as number);
    if (candidate > score) [score, last] = [candidate, k];
  }
  if (last < 0) return null;
  const tags = new Array<number>(length);
  for (let t = length - 1; t >= 0; t--) {
    tags[t] = last;
    last = back[t * tagCount + last] as number;
  }
  return { tags, score };
}

/**
 * The `count` best tag sequences of a row, best first, exactly: list Viterbi keeps the best `count` prefixes per step
 * and tag (Seshadri & Sundberg 1994, doi:10.1109/26.275304). Fewer come back when fewer exist; ties go to the
 * lower tag at the latest step where paths differ.
 *
 * **Cost.** L·K²·count comparisons, L·K·count pointers.
 */
export function kBestPaths(chain: Chain, row: EmissionRow, count: number): ScoredPath[] {
  const { tagCount, transitions, start } = chain;
  const { values, offset, length } = row;
  if (length === 0) return [{ tags: [], score: 0 }];
  const emission = (t: number, k: number): number => values[offset + t * tagCount + k] as number;
  // lists[t][k] holds the best prefixes that end in tag k at step t, best first.
  let lists: Prefix[][] = Array.from({ length: tagCount }, (_, k) => {
    const score = (start[k] as number) + emission(0, k);
    return score > -Infinity ? [{ tag: k, score, before: null }] : [];
  });
  for (let t = 1; t < length; t++) {
    const previous = lists;
    lists = Array.from({ length: tagCount }, (_, to) =>
      merge(previous, (from) => transitions[from * tagCount + to] as number, count).map(
        ({ prefix, score }) => ({
          tag: to,
          score: score + emission(t, to),
          before: prefix,
        }),
      ),
    );
  }
  return merge(lists, (k) => chain.end[k] as number, count).map(({ prefix, score }) => ({
    tags: unwind(prefix, length),
    score,
  }));
}

interface Prefix {
  readonly tag: number;
  readonly score: number;
  readonly before: Prefix | null;
}

/** The best `count` of all prefixes after adding one weight per list; the lists are sorted, so their heads compete. */
function merge(
  lists: readonly (readonly Prefix[])[],
  weight: (tag: number) => number,
  count: number,
): { prefix: Prefix; score: number }[] {
  const heads = new Int32Array(lists.length);
  const weights = Float64Array.from(lists, (_, k) => weight(k));
  const merged: { prefix: Prefix; score: number }[] = [];
  while (merged.length < count) {
    let winner = -1;
    let best = -Infinity;
    for (let k = 0; k < lists.length; k++) {
      const head = lists[k]?.[heads[k] as number];
      if (head === undefined) continue;
      const score = head.score + (weights[k] as number);
      if (score > best) [best, winner] = [score, k];
    }
    if (winner < 0) break;
    merged.push({ prefix: lists[winner]?.[heads[winner] as number] as Prefix, score: best });
    heads[winner] = (heads[winner] as number) + 1;
  }
  return merged;
}

function unwind(prefix: Prefix, length: number): number[] {
  const tags = new Array<number>(length);
  let at: Prefix | null = prefix;
  for (let t = length - 1; at !== null; t--) {
    tags[t] = at.tag;
    at = at.before;
  }
  return tags;
}
