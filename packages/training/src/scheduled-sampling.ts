import { type SamplingSchedule, trueTokenShare } from "@timestep/core";
import { z } from "zod";

/** How the share of true words among a decoder's inputs falls while it learns. */
export const samplingKinds = ["none", "linear", "exponential", "inverse-sigmoid"] as const;

/** Settings of scheduled sampling, for tasks whose decoder reads its own output. */
export const samplingSettings = z.strictObject({
  kind: z
    .enum(samplingKinds)
    .default("none")
    .describe(
      "Scheduled sampling: how the share of true words among the decoder's inputs falls over the steps",
    ),
  least: z.number().min(0).lt(1).default(0).describe("The share falls no lower than this"),
  speed: z
    .number()
    .min(1)
    .default(1000)
    .describe(
      "linear: steps until the least share; exponential, inverse-sigmoid: steps that set how fast it falls",
    ),
});

export type SamplingSettings = z.infer<typeof samplingSettings>;

/**
 * Scheduled sampling: the share of the decoder's inputs that are true units after so many steps; it reads its own ones
 * for the rest.
 *
 * @see Bengio et al. 2015, arXiv:1506.03099.
 */
export function trueShare({ kind, least, speed }: SamplingSettings, steps: number): number {
  if (kind === "none") return 1;
  return Math.max(least, trueTokenShare(scheduleOf(kind, least, speed), steps));
}

function scheduleOf(
  kind: Exclude<SamplingSettings["kind"], "none">,
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
