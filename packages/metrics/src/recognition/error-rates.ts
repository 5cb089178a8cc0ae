import { DataError } from "@timestep/base";
import { checkPaired, percentage } from "../check.js";
import { splitWords } from "../text/split-words.js";
import { align, type AlignedPair, type AlignmentCosts, SCLITE_COSTS } from "./alignment.js";

/** Symbols of an alignment, by what became of them. */
export interface ErrorCounts {
  readonly correct: number;
  readonly substitutions: number;
  readonly deletions: number;
  readonly insertions: number;
}

export interface ErrorRates extends ErrorCounts {
  /** 100 · (substitutions + deletions + insertions) / symbols of the references; above 100 when much is inserted. */
  readonly errorRate: number;
  /** Symbols of the references. */
  readonly symbols: number;
  readonly sentences: number;
  /** Sentences with any error, percent. */
  readonly sentenceErrorRate: number;
  /** By sentence. */
  readonly alignments: readonly (readonly AlignedPair[])[];
  /** How the score was taken, to print beside it. */
  readonly signature: string;
}

export interface ErrorRateOptions {
  /** Whether case is ignored. Default no. */
  readonly lowercase?: boolean | undefined;
  /** What decides the alignment. Default {@link SCLITE_COSTS}. */
  readonly costs?: AlignmentCosts | undefined;
}

export interface CharacterErrorRateOptions extends ErrorRateOptions {
  /**
   * `single`: white space between words is one character, at the ends none; `none`: white space does not count, for
   * scripts written without it. Default `single`.
   */
  readonly spaces?: "single" | "none" | undefined;
}

/**
 * Word error rate of a corpus as NIST's `sclite` counts it: errors of all sentences over words of all references.
 *
 * The alignment is the cheapest where a substitution costs 4, a deletion or insertion 3, and errors are counted on it. This
 * can be more than the fewest possible; pass {@link LEVENSHTEIN_COSTS} for those. Words are split at white space and
 * compared as they are: strip punctuation and spell out numbers before.
 *
 * @param references One a sentence; a single one may be empty, then all of its hypothesis is inserted.
 * @param hypotheses One a sentence.
 * @throws {DataError} METRIC_EMPTY without sentences or without any word in the references; METRIC_LENGTH when the numbers
 *   of sentences differ; METRIC_TOO_LONG as {@link align}.
 * @throws {ConfigError} METRIC_COSTS as {@link align}.
 *
 * @example
 * ```ts
 * wordErrorRate(["the cat sat"], ["the bat sat down"]).errorRate; // 66.7: one substitution, one insertion, three words
 * ```
 */
export function wordErrorRate(
  references: readonly string[],
  hypotheses: readonly string[],
  options: ErrorRateOptions = {},
): ErrorRates {
  return errorRates(references, hypotheses, splitWords, options, "unit:word");
}

/**
 * Character error rate of a corpus: {@link wordErrorRate} with code points in place of words. Accents count as characters of
 * their own where the text is decomposed; normalise both sides alike.
 *
 * @throws {DataError} METRIC_EMPTY, METRIC_LENGTH, METRIC_TOO_LONG as {@link wordErrorRate}.
 * @throws {ConfigError} METRIC_COSTS as {@link align}.
 */
export function characterErrorRate(
  references: readonly string[],
  hypotheses: readonly string[],
  options: CharacterErrorRateOptions = {},
): ErrorRates {
  const spaces = options.spaces ?? "single";
  const separator = spaces === "single" ? " " : "";
  const split = (text: string) => [...splitWords(text).join(separator)];
  return errorRates(references, hypotheses, split, options, `unit:char|spaces:${spaces}`);
}

/** What became of the symbols of one alignment. */
export function countErrors(alignment: readonly AlignedPair[]): ErrorCounts {
  const counts = { correct: 0, substitution: 0, deletion: 0, insertion: 0 };
  for (const { operation } of alignment) counts[operation]++;
  return {
    correct: counts.correct,
    substitutions: counts.substitution,
    deletions: counts.deletion,
    insertions: counts.insertion,
  };
}

function errorRates(
  references: readonly string[],
  hypotheses: readonly string[],
  split: (text: string) => string[],
  { lowercase = false, costs = SCLITE_COSTS }: ErrorRateOptions,
  unit: string,
): ErrorRates {
  checkPaired(references.length, hypotheses.length, "sentences");
  const symbolsOf = (text: string) => split(lowercase ? text.toLowerCase() : text);
  const alignments = references.map((text, index) =>
    align(symbolsOf(text), symbolsOf(hypotheses[index] as string), costs),
  );
  const counts = alignments.map(countErrors);
  const total = countErrors(alignments.flat());
  const symbols = total.correct + total.substitutions + total.deletions;
  if (symbols === 0) {
    throw new DataError("METRIC_EMPTY", "all references are empty, so there is nothing to be wrong about.", {
      hint: "An error rate is a share of the references' symbols; check that the right column was read.",
    });
  }
  return {
    ...total,
    errorRate: percentage(errors(total), symbols),
    symbols,
    sentences: alignments.length,
    sentenceErrorRate: percentage(
      counts.filter((sentence) => errors(sentence) > 0).length,
      alignments.length,
    ),
    alignments,
    signature: [
      unit,
      `case:${lowercase ? "lc" : "mixed"}`,
      `costs:${costs.substitution}/${costs.deletion}/${costs.insertion}`,
    ].join("|"),
  };
}

function errors(counts: ErrorCounts): number {
  return counts.substitutions + counts.deletions + counts.insertions;
}
