import { ConfigError } from "@timestep/base";

/**
 * How the share ε of true tokens among a decoder's inputs falls while it learns, i being the updates done so far.
 *
 *   linear           ε = max(floor, start - slope·i)
 *   exponential      ε = k^i              k < 1
 *   inverseSigmoid   ε = k/(k + e^(i/k))  k ≥ 1
 */
export type SamplingSchedule =
  | { readonly kind: "linear"; readonly start?: number; readonly slope: number; readonly floor?: number }
  | { readonly kind: "exponential"; readonly k: number }
  | { readonly kind: "inverseSigmoid"; readonly k: number };

/**
 * ε after `updates` updates, in [0, 1].
 *
 * @throws {ConfigError} SAMPLING_SCHEDULE when a constant is out of its range.
 * @see Bengio et al. 2015, Scheduled sampling for sequence prediction, arXiv:1506.03099, section 2.4.
 *
 * @example
 * ```ts
 * trueTokenShare({ kind: "linear", slope: 0.001, floor: 0.25 }, 500); // -> 0.5
 * ```
 */
export function trueTokenShare(schedule: SamplingSchedule, updates: number): number {
  switch (schedule.kind) {
    case "linear": {
      const { start = 1, slope, floor = 0 } = schedule;
      check(
        start <= 1 && floor >= 0 && floor <= start && slope >= 0,
        "0 ≤ floor ≤ start ≤ 1 and slope ≥ 0",
        schedule,
      );
      return Math.max(floor, start - slope * updates);
    }
    case "exponential":
      check(schedule.k > 0 && schedule.k < 1, "0 < k < 1", schedule);
      return schedule.k ** updates;
    case "inverseSigmoid": {
      const { k } = schedule;
      check(k >= 1 && Number.isFinite(k), "k ≥ 1", schedule);
      // k/(k + e^x) with e^-x, which cannot overflow.
      const falling = Math.exp(-updates / k);
      return (k * falling) / (k * falling + 1);
    }
  }
}

function check(right: boolean, expected: string, schedule: SamplingSchedule): void {
  if (right) return;
  throw new ConfigError(
    "SAMPLING_SCHEDULE",
    `a schedule of kind "${schedule.kind}" needs ${expected}, got ${JSON.stringify(schedule)}.`,
    { hint: "ε is a share: it starts at 1 or below and falls." },
  );
}
