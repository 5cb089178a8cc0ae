import { seeded } from "@timestep/base";
import { type Chain, type EmissionRow, makeChain, pathScore, possibleTags } from "./chain.js";
import { type TransitionConstraints } from "./constraints.js";

/** Every tag sequence of a length with its score, forbidden ones left out: the oracle for small sizes. */
export function everyPath(chain: Chain, row: EmissionRow): { tags: number[]; score: number }[] {
  let paths: number[][] = [[]];
  for (let t = 0; t < row.length; t++) {
    paths = paths.flatMap((path) => Array.from({ length: chain.tagCount }, (_, tag) => [...path, tag]));
  }
  return paths
    .map((tags) => ({ tags, score: pathScore(chain, row, tags) }))
    .filter(({ score }) => score > -Infinity);
}

/** ln Σ exp(score) by brute force. */
export function partitionOf(paths: readonly { score: number }[]): number {
  const most = Math.max(...paths.map(({ score }) => score));
  return most + Math.log(paths.reduce((total, { score }) => total + Math.exp(score - most), 0));
}

/** A chain and one row of emissions, normal times `spread`. */
export function randomChain(
  seed: number,
  sizes: { tagCount: number; length: number; spread?: number },
  constraints: TransitionConstraints | null = null,
): { chain: Chain; row: EmissionRow } {
  const random = seeded(seed);
  const { tagCount, length, spread = 1 } = sizes;
  const normals = (count: number): Float64Array =>
    Float64Array.from({ length: count }, () => spread * random.normal());
  const weights = { transitions: normals(tagCount * tagCount), start: normals(tagCount), end: normals(tagCount) };
  const chain = makeChain(weights, constraints, constraints === null ? null : possibleTags(constraints));
  return { chain, row: { values: normals(3 + length * tagCount), offset: 3, length } };
}
