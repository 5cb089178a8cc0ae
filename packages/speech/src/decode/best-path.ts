import { collapse, type CtcEmissions, trim } from "@timestep/core";
import { BLANK } from "../labels/speech-labels.js";

/** How the likeliest path becomes labels: as CTC does, or by the older trimming, which loses what is said twice. */
export const decodingKinds = ["ctc", "trim"] as const;
export type DecodingKind = (typeof decodingKinds)[number];

/** The likeliest class of each step; of equal ones the first. */
export function likeliestClasses({ values, frames, classes }: CtcEmissions): number[] {
  return Array.from({ length: frames }, (_, t) => {
    let best = 0;
    for (let c = 1; c < classes; c++)
      if ((values[t * classes + c] as number) > (values[t * classes + best] as number)) best = c;
    return best;
  });
}

/** The labels that the likeliest path says. */
export function bestLabels(emissions: CtcEmissions, kind: DecodingKind): number[] {
  return pathLabels(likeliestClasses(emissions), kind);
}

/** The labels that a path says. */
export function pathLabels(path: readonly number[], kind: DecodingKind): number[] {
  return kind === "trim" ? trim(path, BLANK) : collapse(path, BLANK);
}
