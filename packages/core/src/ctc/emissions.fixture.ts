import { seeded } from "@timestep/base";
import { everySequence, logSum } from "@timestep/testing";
import { type CtcEmissions, ctcEmissionsOf } from "./emissions.js";
import { collapse } from "./labels.js";

/** The emissions of random logits. */
export function drawnEmissions(seed: number, frames: number, classes: number, spread = 1): CtcEmissions {
  const random = seeded(seed);
  const logits = Float64Array.from({ length: frames * classes }, () => spread * random.normal());
  return ctcEmissionsOf(logits, frames, classes);
}

/** Emissions of probabilities by hand, one list per frame. */
export function emissionsOfRows(rows: readonly (readonly number[])[]): CtcEmissions {
  return {
    values: Float64Array.from(rows.flat(), Math.log),
    frames: rows.length,
    classes: rows[0]?.length ?? 1,
  };
}

/** ln p of one path. */
export function pathLog({ values, classes }: CtcEmissions, path: readonly number[]): number {
  return path.reduce((total, symbol, t) => total + (values[t * classes + symbol] as number), 0);
}

export interface Labelling {
  readonly labels: number[];
  readonly logProbability: number;
  readonly paths: readonly number[][];
}

/** Every sequence of labels with all of its paths, likeliest first. */
export function everyLabelling(emissions: CtcEmissions, blank = 0): Labelling[] {
  const groups = new Map<string, number[][]>();
  for (const path of everySequence(emissions.classes, emissions.frames)) {
    const key = collapse(path, blank).join();
    const paths = groups.get(key) ?? [];
    paths.push(path);
    groups.set(key, paths);
  }
  return [...groups.values()]
    .map((paths) => ({
      labels: collapse(paths[0] as number[], blank),
      logProbability: logSum(paths.map((path) => pathLog(emissions, path))),
      paths,
    }))
    .sort((a, b) => b.logProbability - a.logProbability);
}
