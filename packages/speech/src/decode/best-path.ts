import { collapse } from "@timestep/core";
import { BLANK } from "../labels/speech-labels.js";

/** How a path over steps becomes labels. */
export const decodingKinds = ["ctc", "trim"] as const;
export type DecodingKind = (typeof decodingKinds)[number];

/** Log probabilities of the classes in each step of one clip. */
export interface Posteriors {
  /** [T, C] in nats. */
  readonly values: Float32Array;
  readonly steps: number;
  readonly classes: number;
}

/** A label with the steps that say it. */
export interface SaidLabel {
  readonly label: number;
  /** The first step, and the one after the last. */
  readonly from: number;
  readonly to: number;
  /** Highest probability of the label in these steps. */
  readonly confidence: number;
}

/** Log-softmax of the scores of each step. */
export function posteriorsOf(logits: Float32Array, steps: number, classes: number): Posteriors {
  const values = new Float32Array(steps * classes);
  for (let t = 0; t < steps; t++) {
    const row = logits.subarray(t * classes, (t + 1) * classes);
    const highest = row.reduce((best, value) => Math.max(best, value), -Infinity);
    const sum = row.reduce((total, value) => total + Math.exp(value - highest), 0);
    const log = highest + Math.log(sum);
    for (let c = 0; c < classes; c++) values[t * classes + c] = (row[c] as number) - log;
  }
  return { values, steps, classes };
}

/** The likeliest class of each step; of equal ones the first. */
export function likeliestClasses({ values, steps, classes }: Posteriors): number[] {
  return Array.from({ length: steps }, (_, t) => {
    const row = values.subarray(t * classes, (t + 1) * classes);
    return row.reduce((best, value, c) => (value > (row[best] as number) ? c : best), 0);
  });
}

/**
 * The older way from a path to labels, without a class that parts repeats: blanks are dropped first and then repeats
 * merged, so that a label said twice in a row is lost.
 */
export function trim(path: readonly number[]): number[] {
  return path.filter((label) => label !== BLANK).filter((label, t, said) => label !== said[t - 1]);
}

/** The labels that the likeliest path says. */
export function bestLabels(posteriors: Posteriors, kind: DecodingKind): number[] {
  const path = likeliestClasses(posteriors);
  return kind === "trim" ? trim(path) : collapse(path, BLANK);
}

/** The labels that the likeliest path says, and when; with `trim` labels that are the same are one. */
export function saidLabels(posteriors: Posteriors, kind: DecodingKind): SaidLabel[] {
  const path = likeliestClasses(posteriors);
  const said: SaidLabel[] = [];
  path.forEach((label, t) => {
    if (label === BLANK) return;
    const confidence = Math.exp(posteriors.values[t * posteriors.classes + label] as number);
    const last = said.at(-1);
    const goes = last?.label === label && (kind === "trim" || last.to === t);
    if (last !== undefined && goes)
      said[said.length - 1] = { ...last, to: t + 1, confidence: Math.max(last.confidence, confidence) };
    else said.push({ label, from: t, to: t + 1, confidence });
  });
  return said;
}
