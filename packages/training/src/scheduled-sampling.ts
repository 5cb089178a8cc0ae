import { type SamplingSchedule, trueTokenShare } from "@timestep/core";
import type { TranslationSettings } from "./settings.js";

/**
 * Scheduled sampling: the share of the decoder's inputs that are true units after so many steps; it reads its own ones
 * for the rest.
 *
 * @see Bengio et al. 2015, arXiv:1506.03099.
 */
export function trueShare({ kind, least, speed }: TranslationSettings["sampling"], steps: number): number {
  if (kind === "none") return 1;
  return Math.max(least, trueTokenShare(scheduleOf(kind, least, speed), steps));
}

function scheduleOf(
  kind: Exclude<TranslationSettings["sampling"]["kind"], "none">,
  least: number,
  speed: number,
): SamplingSchedule {
  switch (kind) {
    case "linear":
      return { kind, slope: (1 - least) / speed, floor: least };
    case "exponential":
      return { kind, k: Math.exp(-1 / speed) };
    case "inverse-sigmoid":
      return { kind: "inverseSigmoid", k: speed };
  }
}
