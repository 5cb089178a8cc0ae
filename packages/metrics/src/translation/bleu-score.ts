import { ConfigError } from "@timestep/base";
import { percentage } from "../check.js";
import { type BleuCounts } from "./bleu-counts.js";

/**
 * What takes the place of a precision of 0 (Chen & Cherry 2014, doi:10.3115/v1/W14-3346):
 *
 * - `none` nothing, so the score is 0;
 * - `floor` a count of `smoothingValue` matches (their method 1);
 * - `add-k` adds `smoothingValue` to matches and totals of every order above 1 (method 2);
 * - `exp` half a match for the first such order, a quarter for the next, and so on (method 3, as `mteval-v13a.pl` does).
 */
export type BleuSmoothing = "none" | "floor" | "add-k" | "exp";

/** How counts become a score. */
export interface BleuFormula {
  /** Default `exp`. */
  readonly smoothing?: BleuSmoothing | undefined;
  /** Default 0.1 for `floor`, 1 for `add-k`; the others take none. */
  readonly smoothingValue?: number | undefined;
  /** Whether only orders up to the hypothesis's length count, for sentences shorter than the highest order. Default no. */
  readonly effectiveOrder?: boolean | undefined;
}

/** BLEU and what it is made of. */
export interface BleuScore extends BleuCounts {
  /** 0 to 100. */
  readonly bleu: number;
  /** By order from 1, percent, after smoothing. */
  readonly precisions: readonly number[];
  /** exp(1 − referenceLength/hypothesisLength) for a hypothesis that is too short, else 1. */
  readonly brevityPenalty: number;
}

const DEFAULT_VALUES: Record<BleuSmoothing, number> = { none: 0, floor: 0.1, "add-k": 1, exp: 0 };

/**
 * BLEU from counts: brevity penalty · geometric mean of the precisions (Papineni et al. 2002, doi:10.3115/1073083.1073135).
 *
 * As in sacreBLEU, nothing is smoothed when there is no match of any order: the score is 0.
 *
 * @throws {ConfigError} METRIC_SMOOTHING when the smoothing is unknown or its value is negative or not a number.
 */
export function bleuFromCounts(counts: BleuCounts, formula: BleuFormula = {}): BleuScore {
  const { smoothing, value } = resolveSmoothing(formula);
  const orders = counts.totals.length;
  const { hypothesisLength, referenceLength } = counts;
  const brevityPenalty = brevity(hypothesisLength, referenceLength);
  const precisions = new Array<number>(orders).fill(0);
  if (!counts.matches.some((matches) => matches > 0))
    return { ...counts, bleu: 0, precisions, brevityPenalty };

  let share = 1;
  let effectiveOrders = orders;
  for (let order = 0; order < orders; order++) {
    const added = smoothing === "add-k" && order > 0 ? value : 0;
    let matches = (counts.matches[order] as number) + added;
    const total = (counts.totals[order] as number) + added;
    if (total === 0) break;
    if (formula.effectiveOrder === true) effectiveOrders = order + 1;
    if (matches === 0 && smoothing === "exp") matches = share /= 2;
    if (matches === 0 && smoothing === "floor") matches = value;
    precisions[order] = percentage(matches, total);
  }
  let logarithms = 0;
  for (let order = 0; order < effectiveOrders; order++) logarithms += Math.log(precisions[order] as number);
  return {
    ...counts,
    bleu: brevityPenalty * Math.exp(logarithms / effectiveOrders),
    precisions,
    brevityPenalty,
  };
}

/** Smoothing as a signature names it: `exp`, `floor[0.10]`. */
export function smoothingName(formula: BleuFormula): string {
  const { smoothing, value } = resolveSmoothing(formula);
  return smoothing === "floor" || smoothing === "add-k" ? `${smoothing}[${value.toFixed(2)}]` : smoothing;
}

function resolveSmoothing(formula: BleuFormula): { smoothing: BleuSmoothing; value: number } {
  const smoothing = formula.smoothing ?? "exp";
  if (!Object.hasOwn(DEFAULT_VALUES, smoothing)) {
    throw new ConfigError("METRIC_SMOOTHING", `there is no smoothing "${String(smoothing)}" for BLEU.`, {
      hint: `Choose one of ${Object.keys(DEFAULT_VALUES).join(", ")}.`,
    });
  }
  const value = formula.smoothingValue ?? DEFAULT_VALUES[smoothing];
  if (!(value >= 0)) {
    throw new ConfigError(
      "METRIC_SMOOTHING",
      `smoothing by ${value} makes no sense: it stands for a count.`,
      {
        hint: "Give a number of 0 or more, such as 0.1 for floor or 1 for add-k.",
      },
    );
  }
  return { smoothing, value };
}

function brevity(hypothesisLength: number, referenceLength: number): number {
  if (hypothesisLength >= referenceLength) return 1;
  return hypothesisLength === 0 ? 0 : Math.exp(1 - referenceLength / hypothesisLength);
}
