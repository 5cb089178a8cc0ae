import { type TransitionConstraints } from "./constraints.js";

/**
 * The weights of a linear chain over K tags, in nats and float64; -Infinity forbids.
 *
 *   score(y) = start[y1] + Σt emissions[t, yt] + Σt transitions[y(t-1), yt] + end[yL]
 */
export interface Chain {
  readonly tagCount: number;
  /** [K·K], row = from, column = to. */
  readonly transitions: Float64Array;
  readonly start: Float64Array;
  readonly end: Float64Array;
  /** Tells apart "impossible" from "too small for a float64"; null when everything is allowed. */
  readonly possible: Possible | null;
}

/** Which tags can stand at a step at all, by the constraints alone. */
export interface Possible {
  /** [K]: 1 when some allowed path of t transitions leads from the start to the tag. */
  fromStart(t: number): Uint8Array;
  /** [K]: 1 when some allowed path of `remaining` transitions leads from the tag to the end. */
  toEnd(remaining: number): Uint8Array;
}

/** One sequence of emissions inside a larger array: step t begins at `offset + t·K`. */
export interface EmissionRow {
  readonly values: ArrayLike<number>;
  readonly offset: number;
  readonly length: number;
}

/** Combines weights and constraints. `possible` can be kept between calls, it depends on the constraints only. */
export function makeChain(
  weights: { transitions: ArrayLike<number>; start: ArrayLike<number>; end: ArrayLike<number> },
  constraints: TransitionConstraints | null,
  possible: Possible | null,
): Chain {
  const tagCount = weights.start.length;
  const transitions = Float64Array.from(weights.transitions);
  const start = Float64Array.from(weights.start);
  const end = Float64Array.from(weights.end);
  if (constraints !== null) {
    for (let from = 0; from < tagCount; from++) {
      if (!constraints.allowedStart[from]) start[from] = -Infinity;
      if (!constraints.allowedEnd[from]) end[from] = -Infinity;
      for (let to = 0; to < tagCount; to++) {
        if (!constraints.allowed[from]?.[to]) transitions[from * tagCount + to] = -Infinity;
      }
    }
  }
  return { tagCount, transitions, start, end, possible };
}

/** Works out {@link Possible} step by step, and remembers; tables stop growing once they repeat. */
export function possibleTags(constraints: TransitionConstraints): Possible {
  const { allowed } = constraints;
  const forwards = growing(constraints.allowedStart, (before) =>
    allowed.map((_, to) => allowed.some((row, from) => before[from] === 1 && row[to] === true)),
  );
  const backwards = growing(constraints.allowedEnd, (after) =>
    allowed.map((row) => row.some((yes, to) => yes && after[to] === 1)),
  );
  return { fromStart: forwards, toEnd: backwards };
}

function growing(
  first: readonly boolean[],
  next: (previous: Uint8Array) => boolean[],
): (t: number) => Uint8Array {
  const tables = [bits(first)];
  let fixed = false;
  return (t) => {
    while (tables.length <= t && !fixed) {
      const last = tables.at(-1) as Uint8Array;
      const following = bits(next(last));
      fixed = following.every((bit, k) => bit === last[k]);
      if (!fixed) tables.push(following);
    }
    return tables[Math.min(t, tables.length - 1)] as Uint8Array;
  };
}

function bits(flags: readonly boolean[]): Uint8Array {
  return Uint8Array.from(flags, (flag) => (flag ? 1 : 0));
}

/** The score of one tag sequence of the row's length; 0 for an empty row. */
export function pathScore(chain: Chain, row: EmissionRow, tags: ArrayLike<number>): number {
  const { tagCount } = chain;
  if (row.length === 0) return 0;
  let score =
    (chain.start[tags[0] as number] as number) + (chain.end[tags[row.length - 1] as number] as number);
  for (let t = 0; t < row.length; t++) {
    const tag = tags[t] as number;
    score += row.values[row.offset + t * tagCount + tag] as number;
    if (t > 0) score += chain.transitions[(tags[t - 1] as number) * tagCount + tag] as number;
  }
  return score;
}
