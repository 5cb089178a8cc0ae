import { ConfigError } from "@timestep/base";
import { referenceCount, SCORER_VERSION, usableReferences } from "../text/references.js";
import { addChrfCounts, ChrfCounter, type ChrfCounts } from "./chrf-counts.js";

export interface ChrfOptions {
  /** The longest n-grams of characters that count. Default 6. */
  readonly characterOrder?: number | undefined;
  /** The longest n-grams of words that count: 0 is chrF, the default; 2 is chrF++. */
  readonly wordOrder?: number | undefined;
  /** How many times as much recall counts as precision. Default 2. */
  readonly beta?: number | undefined;
  /** Whether white space counts among the characters. Default no. */
  readonly whitespace?: boolean | undefined;
  /** Whether case is ignored. Default no. */
  readonly lowercase?: boolean | undefined;
  /**
   * Whether every order counts, even those that a text is too short for, and F is averaged over orders instead of
   * precision and recall: what `chrF++.py` does. Default no.
   */
  readonly epsilonSmoothing?: boolean | undefined;
}

export interface ChrfScore extends ChrfCounts {
  /** 0 to 100. */
  readonly chrf: number;
  /** As the score is called: `chrF2`, `chrF2++`. */
  readonly name: string;
  /** As sacreBLEU writes it, with this package's own version: `nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no|version:…`. */
  readonly signature: string;
}

/**
 * chrF of a corpus as sacreBLEU 2 computes it: F of precision and recall, each averaged over the orders of n-grams, which are
 * counted over all sentences first. With several references, a sentence counts against the one it scores best with.
 *
 * @param references The references of each sentence, at least one; empty ones are left out.
 * @param hypotheses One a sentence.
 * @throws {DataError} METRIC_EMPTY without sentences; METRIC_LENGTH when the numbers of sentences differ; METRIC_REFERENCE
 *   for a sentence without a reference.
 * @throws {ConfigError} METRIC_ORDER, METRIC_BETA for an option out of range.
 * @see Popović 2015, doi:10.18653/v1/W15-3049; chrF++: Popović 2017, doi:10.18653/v1/W17-4770.
 *
 * @example
 * ```ts
 * chrf([["the cat sat"]], ["the cats at"]).chrf; // 100: without white space the characters are the same
 * ```
 */
export function chrf(
  references: readonly (readonly string[])[],
  hypotheses: readonly string[],
  options: ChrfOptions = {},
): ChrfScore {
  const settings = resolve(options);
  const usable = usableReferences(references, hypotheses.length);
  const counter = new ChrfCounter(settings.characterOrder, settings.wordOrder, settings.whitespace);
  const read = (text: string) => counter.read(settings.lowercase ? text.toLowerCase() : text);
  const counts = hypotheses.map((text, index) => {
    const hypothesis = read(text);
    const candidates = (usable[index] as readonly string[]).map((other) =>
      counter.count(read(other), hypothesis),
    );
    return best(candidates, settings);
  });
  const total = addChrfCounts(counts);
  return {
    ...total,
    chrf: score(total, settings),
    name: `chrF${settings.beta}${"+".repeat(settings.wordOrder)}`,
    signature: signature(usable, settings),
  };
}

/** A score as sacreBLEU prints it: `chrF2|SIGNATURE = 59.73`. */
export function formatChrf(score: ChrfScore): string {
  return `${score.name}|${score.signature} = ${score.chrf.toFixed(2)}`;
}

type Settings = { readonly [Key in keyof ChrfOptions]-?: NonNullable<ChrfOptions[Key]> };

function resolve(options: ChrfOptions): Settings {
  const { characterOrder = 6, wordOrder = 0, beta = 2 } = options;
  for (const [order, least, unit] of [
    [characterOrder, 1, "characters"],
    [wordOrder, 0, "words"],
  ] as const) {
    if (Number.isInteger(order) && order >= least) continue;
    throw new ConfigError(
      "METRIC_ORDER",
      `chrF needs a highest order of ${least} or more for ${unit}, got ${order}.`,
      {
        hint: "The usual orders are 6 for characters, and 0 or 2 for words.",
      },
    );
  }
  if (!(beta > 0 && beta < Infinity)) {
    throw new ConfigError("METRIC_BETA", `chrF needs a beta above 0, got ${beta}.`, {
      hint: "The usual beta is 2: recall counts twice as much as precision.",
    });
  }
  return {
    characterOrder,
    wordOrder,
    beta,
    whitespace: options.whitespace ?? false,
    lowercase: options.lowercase ?? false,
    epsilonSmoothing: options.epsilonSmoothing ?? false,
  };
}

/** The counts that score best, of equals the first. */
function best(candidates: readonly ChrfCounts[], settings: Settings): ChrfCounts {
  return candidates.reduce((winner, candidate) =>
    score(candidate, settings) > score(winner, settings) ? candidate : winner,
  );
}

/** What stands for a precision or recall of nothing under epsilon smoothing. */
const EPSILON = 1e-16;

function score(counts: ChrfCounts, { beta, epsilonSmoothing }: Settings): number {
  const orders = counts.matches.length;
  let sumOfF = 0;
  let sumOfPrecision = 0;
  let sumOfRecall = 0;
  let usedOrders = 0;
  for (const [order, matches] of counts.matches.entries()) {
    const hypothesis = counts.hypothesis[order] as number;
    const reference = counts.reference[order] as number;
    const precision = hypothesis > 0 ? matches / hypothesis : EPSILON;
    const recall = reference > 0 ? matches / reference : EPSILON;
    sumOfF += fMeasure(precision, recall, beta);
    if (hypothesis === 0 || reference === 0) continue;
    sumOfPrecision += precision;
    sumOfRecall += recall;
    usedOrders++;
  }
  if (epsilonSmoothing) return (100 * sumOfF) / orders;
  return usedOrders === 0 ? 0 : 100 * fMeasure(sumOfPrecision / usedOrders, sumOfRecall / usedOrders, beta);
}

function fMeasure(precision: number, recall: number, beta: number): number {
  const weight = beta * beta;
  const denominator = weight * precision + recall;
  return denominator === 0 ? 0 : ((1 + weight) * precision * recall) / denominator;
}

function signature(references: readonly (readonly string[])[], settings: Settings): string {
  return [
    `nrefs:${referenceCount(references)}`,
    `case:${settings.lowercase ? "lc" : "mixed"}`,
    `eff:${settings.epsilonSmoothing ? "no" : "yes"}`,
    `nc:${settings.characterOrder}`,
    `nw:${settings.wordOrder}`,
    `space:${settings.whitespace ? "yes" : "no"}`,
    SCORER_VERSION,
  ].join("|");
}
