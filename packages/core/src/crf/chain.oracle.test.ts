import { seeded } from "@timestep/base";
import { everySequence, largestRelativeError, logSum } from "@timestep/testing";
import { describe, expect, it } from "vitest";
import { type Chain, type EmissionRow, makeChain, pathScore, possibleTags } from "./chain.js";
import { tagConstraints, type TransitionConstraints } from "./constraints.js";
import { logForwardBackward, logPartition, logSumExp } from "./log-forward-backward.js";
import { finishPairs, scaleChain, scaledBackward, scaledForward } from "./scaled-forward-backward.js";
import { kBestPaths, viterbi } from "./viterbi.js";

const bio = tagConstraints(["O", "B-x", "I-x", "I-y"], "BIO");
const bioes = tagConstraints(["O", "B-x", "I-x", "E-x", "S-x"], "BIOES");
const cases: [string, number, number, TransitionConstraints | null][] = [
  ["one tag", 1, 4, null],
  ["one step", 4, 1, null],
  ["three tags", 3, 5, null],
  ["five tags", 5, 4, null],
  ["BIO", 4, 5, bio],
  ["BIOES", 5, 5, bioes],
  ["BIOES, one step", 5, 1, bioes],
];

/** Every allowed tag sequence with its score. */
function everyPath(chain: Chain, row: EmissionRow): { tags: number[]; score: number }[] {
  return everySequence(chain.tagCount, row.length)
    .map((tags) => ({ tags, score: pathScore(chain, row, tags) }))
    .filter(({ score }) => score > -Infinity);
}

function partitionOf(paths: readonly { score: number }[]): number {
  return logSum(paths.map(({ score }) => score));
}

/** A chain and one row of emissions that does not begin at 0, all normal times `spread`. */
function randomChain(
  seed: number,
  sizes: { tagCount: number; length: number; spread?: number },
  constraints: TransitionConstraints | null = null,
): { chain: Chain; row: EmissionRow } {
  const random = seeded(seed);
  const { tagCount, length, spread = 1 } = sizes;
  const normals = (count: number): Float64Array =>
    Float64Array.from({ length: count }, () => spread * random.normal());
  const weights = {
    transitions: normals(tagCount * tagCount),
    start: normals(tagCount),
    end: normals(tagCount),
  };
  const chain = makeChain(weights, constraints, constraints === null ? null : possibleTags(constraints));
  return { chain, row: { values: normals(3 + length * tagCount), offset: 3, length } };
}

/** Probabilities and expected transitions by adding up every path. */
function enumerated(chain: Chain, row: EmissionRow): { tags: Float64Array; pairs: Float64Array } {
  const paths = everyPath(chain, row);
  const partition = partitionOf(paths);
  const tags = new Float64Array(row.length * chain.tagCount);
  const pairs = new Float64Array(chain.tagCount ** 2);
  const increase = (array: Float64Array, at: number, by: number): void => {
    array[at] = (array[at] as number) + by;
  };
  for (const path of paths) {
    const probability = Math.exp(path.score - partition);
    for (const [t, tag] of path.tags.entries()) {
      increase(tags, t * chain.tagCount + tag, probability);
      if (t > 0) increase(pairs, (path.tags[t - 1] as number) * chain.tagCount + tag, probability);
    }
  }
  return { tags, pairs };
}

describe.each(cases)("a chain of %s against every path", (_, tagCount, length, constraints) => {
  const { chain, row } = randomChain(length * 31 + tagCount, { tagCount, length, spread: 1.5 }, constraints);
  const paths = everyPath(chain, row).sort((a, b) => b.score - a.score);
  const wanted = enumerated(chain, row);

  it("sums to the same partition", () => {
    expect(logPartition(chain, row)).toBeCloseTo(partitionOf(paths), 11);
    expect(scaledForward(scaleChain(chain), [row])[0]?.logPartition).toBeCloseTo(partitionOf(paths), 11);
  });

  it("gives the same posteriors in log space", () => {
    const found = logForwardBackward(chain, row);
    expect(found.logPartition).toBeCloseTo(partitionOf(paths), 11);
    expect(largestRelativeError(found.tags, wanted.tags)).toBeLessThan(1e-11);
    expect(largestRelativeError(found.pairs, wanted.pairs)).toBeLessThan(1e-11);
  });

  it("gives the same posteriors scaled, with pairs weighted and added to what is there", () => {
    const scaled = scaleChain(chain);
    const pairs = new Float64Array(tagCount ** 2);
    for (const weight of [0.5, 2]) {
      const forward = scaledForward(scaled, [row])[0];
      if (forward === null || forward === undefined) throw new Error("small rows fit into a float64");
      const [tags] = scaledBackward(scaled, [{ row, forward, weight }], pairs);
      expect(largestRelativeError(tags ?? [], wanted.tags)).toBeLessThan(1e-11);
    }
    finishPairs(scaled, pairs);
    expect(
      largestRelativeError(
        pairs,
        wanted.pairs.map((n) => 2.5 * n),
      ),
    ).toBeLessThan(1e-11);
  });

  it("finds the best path and the whole list in order", () => {
    const best = viterbi(chain, row);
    expect(best?.tags).toEqual(paths[0]?.tags);
    expect(best?.score).toBeCloseTo(paths[0]?.score as number, 11);
    for (const count of [1, 2, 7, paths.length, paths.length + 5]) {
      const found = kBestPaths(chain, row, count);
      expect(found.map((path) => path.tags)).toEqual(paths.slice(0, count).map((path) => path.tags));
      for (const [n, path] of found.entries()) expect(path.score).toBeCloseTo(paths[n]?.score as number, 11);
    }
  });
});

describe("an empty row", () => {
  const { chain, row } = randomChain(1, { tagCount: 3, length: 0 });
  it("has the empty path and partition 0", () => {
    expect(viterbi(chain, row)).toEqual({ tags: [], score: 0 });
    expect(kBestPaths(chain, row, 3)).toEqual([{ tags: [], score: 0 }]);
    expect(logPartition(chain, row)).toBe(0);
    expect(logForwardBackward(chain, row).logPartition).toBe(0);
    expect(scaledForward(scaleChain(chain), [row])[0]?.logPartition).toBe(0);
  });
});

describe("constraints without a way through", () => {
  const stuck: TransitionConstraints = {
    allowedStart: [true, false],
    allowedEnd: [false, true],
    allowed: [
      [true, false],
      [false, true],
    ],
  };
  it("give no path, partition -Infinity, and no scaled result", () => {
    const { chain, row } = randomChain(2, { tagCount: 2, length: 3 }, stuck);
    expect(viterbi(chain, row)).toBeNull();
    expect(kBestPaths(chain, row, 2)).toEqual([]);
    expect(logPartition(chain, row)).toBe(-Infinity);
    expect(logForwardBackward(chain, row)).toMatchObject({ logPartition: -Infinity });
    expect(scaledForward(scaleChain(chain), [row])[0]).toBeNull();
  });
});

describe("scaling", () => {
  // Tag 0 leads by 400 nats a step, then tag 1 makes up for it; neither may change into the other.
  const separate: TransitionConstraints = {
    allowedStart: [true, true],
    allowedEnd: [true, true],
    allowed: [
      [true, false],
      [false, true],
    ],
  };
  it("hands over to log space when a tag that is possible underflows", () => {
    const { chain, row } = randomChain(3, { tagCount: 2, length: 12 }, separate);
    const values = Float64Array.from({ length: 24 }, (_, n) => (n % 2 === (n < 8 ? 0 : 1) ? 200 : -200));
    const hard = { ...row, values, offset: 0 };
    expect(scaledForward(scaleChain(chain), [hard])[0]).toBeNull();
    const paths = everyPath(chain, hard);
    expect(paths).toHaveLength(2);
    expect(logPartition(chain, hard)).toBeCloseTo(partitionOf(paths), 9);
    expect(logForwardBackward(chain, hard).tags[1]).toBeCloseTo(1, 12); // tag 1 wins after all
  });

  it("hands the backward pass over in the same way", () => {
    const { chain } = randomChain(3, { tagCount: 2, length: 2 }, separate);
    const values = Float64Array.from({ length: 24 }, (_, n) => (n % 2 === 0 ? 100 : -100));
    const row = { values, offset: 0, length: 12 };
    const forward = { logPartition: 0, alpha: new Float64Array(24).fill(0.5), factors: new Float64Array(24) };
    for (let n = 0; n < 24; n++) forward.factors[n] = Math.exp((values[n] as number) - 100);
    const pairs = new Float64Array(4);
    expect(scaledBackward(scaleChain(chain), [{ row, forward, weight: 1 }], pairs)).toEqual([null]);
    expect([...pairs]).toEqual([0, 0, 0, 0]);
    // A row beside it is not disturbed.
    const short = { row: { ...row, length: 2 }, forward, weight: 1 };
    const [lost, kept] = scaledBackward(scaleChain(chain), [{ row, forward, weight: 1 }, short], pairs);
    expect(lost).toBeNull();
    expect(kept?.slice(0, 2).reduce((sum, p) => sum + p)).toBeCloseTo(1, 12);
    finishPairs(scaleChain(chain), pairs);
    expect(pairs.reduce((sum, p) => sum + p)).toBeCloseTo(1, 12);
  });

  it("keeps a transition that is unlikely by 900 nats apart from one that is forbidden", () => {
    const { chain, row } = randomChain(4, { tagCount: 2, length: 2 });
    chain.transitions.set([0, -900, -900, 0]);
    const values = new Float64Array(4);
    values.set([1000, 0, 0, 1000]);
    const hard = { ...row, values, offset: 0 };
    expect(
      scaledForward(scaleChain(chain), [hard])[0]?.logPartition ?? logPartition(chain, hard),
    ).toBeCloseTo(partitionOf(everyPath(chain, hard)), 9);
  });

  it("agrees with log space on a long random row", () => {
    const { chain, row } = randomChain(5, { tagCount: 23, length: 60, spread: 3 });
    const scaled = scaleChain(chain);
    const forward = scaledForward(scaled, [row])[0];
    const exact = logForwardBackward(chain, row);
    if (forward === null || forward === undefined) throw new Error("ordinary rows fit into a float64");
    const pairs = new Float64Array(23 * 23);
    const [tags] = scaledBackward(scaled, [{ row, forward, weight: 1 }], pairs);
    finishPairs(scaled, pairs);
    expect(forward.logPartition).toBeCloseTo(exact.logPartition, 9);
    expect(largestRelativeError(tags ?? [], exact.tags)).toBeLessThan(1e-10);
    expect(largestRelativeError(pairs, exact.pairs)).toBeLessThan(1e-10);
  });

  it("turns NaN into NaN, never into a number", () => {
    const { chain, row } = randomChain(6, { tagCount: 3, length: 4 });
    for (const at of [0, 5, 11]) {
      const values = Float64Array.from(row.values);
      values[row.offset + at] = NaN;
      const broken = { ...row, values };
      expect(scaledForward(scaleChain(chain), [broken])[0]).toBeNull();
      expect(logPartition(chain, broken)).toBeNaN();
      expect(logForwardBackward(chain, broken).tags.every(Number.isNaN)).toBe(true);
    }
    expect(logSumExp(Float64Array.of(NaN, -Infinity))).toBeNaN();
    expect(logSumExp(Float64Array.of(-Infinity, -Infinity))).toBe(-Infinity);
  });
});

describe("possibleTags", () => {
  it("follows the constraints step by step, also where they alternate", () => {
    const alternating: TransitionConstraints = {
      allowedStart: [true, false, false],
      allowedEnd: [false, true, false],
      allowed: [
        [false, true, false],
        [true, false, false],
        [true, true, false],
      ],
    };
    const possible = possibleTags(alternating);
    expect([5, 0, 1, 2].map((t) => possible.fromStart(t).join(""))).toEqual(["010", "100", "010", "100"]);
    expect([0, 1, 2, 7].map((t) => possible.toEnd(t).join(""))).toEqual(["010", "101", "011", "101"]);
  });
});
