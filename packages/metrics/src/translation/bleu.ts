import { ConfigError } from "@timestep/base";
import { referenceCount, SCORER_VERSION, usableReferences } from "../text/references.js";
import { addBleuCounts, BleuCounter, type BleuCounts } from "./bleu-counts.js";
import { type BleuFormula, bleuFromCounts, type BleuScore, smoothingName } from "./bleu-score.js";
import { bleuTokens, type BleuTokenizer, isBleuTokenizer } from "./tokenizers.js";

export interface BleuOptions extends BleuFormula {
  /** Default `13a`. */
  readonly tokenizer?: BleuTokenizer | undefined;
  /** Whether case is ignored. Default no. */
  readonly lowercase?: boolean | undefined;
  /** The longest n-grams that count. Default 4. */
  readonly maxOrder?: number | undefined;
}

/** A score with the signature that says how it was taken. */
export interface SignedBleuScore extends BleuScore {
  /** As sacreBLEU writes it, with this package's own version: `nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:…`. */
  readonly signature: string;
}

/**
 * BLEU of a corpus as sacreBLEU 2 computes it: n-grams that match are counted over all sentences before precisions are taken.
 *
 * Texts go in as people write them; the tokeniser is part of the score. Empty references are left out, so that sentences may
 * have different numbers of them. An empty hypothesis counts.
 *
 * @param references The references of each sentence, at least one.
 * @param hypotheses One a sentence.
 * @throws {DataError} METRIC_EMPTY without sentences; METRIC_LENGTH when the numbers of sentences differ; METRIC_REFERENCE
 *   for a sentence without a reference.
 * @throws {ConfigError} METRIC_TOKENIZER, METRIC_SMOOTHING, METRIC_ORDER for an option out of range.
 * @see Papineni et al. 2002, doi:10.3115/1073083.1073135; Post 2018, doi:10.18653/v1/W18-6319.
 *
 * @example
 * ```ts
 * bleu([["The dog bit the man."]], ["The dog bit the man."]).bleu; // 100
 * ```
 */
export function bleu(
  references: readonly (readonly string[])[],
  hypotheses: readonly string[],
  options: BleuOptions = {},
): SignedBleuScore {
  const usable = usableReferences(references, hypotheses.length);
  const counts = countAll(usable, hypotheses, options);
  return {
    ...bleuFromCounts(addBleuCounts(counts), options),
    signature: signature(usable, options),
  };
}

/**
 * BLEU of one sentence. Only the orders that fit into the sentence count unless `effectiveOrder: false` says otherwise.
 * Smoothed and unstable: good for finding bad sentences, not for comparing systems.
 *
 * @throws {DataError} METRIC_REFERENCE without a reference.
 * @throws {ConfigError} as {@link bleu}.
 */
export function sentenceBleu(
  references: readonly string[],
  hypothesis: string,
  options: BleuOptions = {},
): SignedBleuScore {
  return bleu([references], [hypothesis], { ...options, effectiveOrder: options.effectiveOrder ?? true });
}

/**
 * What BLEU counts in each sentence; the counts of any selection of sentences add up (`addBleuCounts`) and give their
 * score (`bleuFromCounts`), for resampling and for scores by group.
 *
 * @throws {DataError} METRIC_EMPTY, METRIC_LENGTH, METRIC_REFERENCE as {@link bleu}.
 * @throws {ConfigError} METRIC_TOKENIZER, METRIC_ORDER as {@link bleu}.
 */
export function bleuCounts(
  references: readonly (readonly string[])[],
  hypotheses: readonly string[],
  options: BleuOptions = {},
): BleuCounts[] {
  return countAll(usableReferences(references, hypotheses.length), hypotheses, options);
}

/** A score as sacreBLEU prints it: `BLEU|SIGNATURE = 48.53 82.4/50.0/45.5/37.5 (BP = 0.943 …)`. */
export function formatBleu(score: SignedBleuScore): string {
  const { bleu: value, precisions, brevityPenalty, hypothesisLength, referenceLength } = score;
  const ratio = referenceLength === 0 ? 0 : hypothesisLength / referenceLength;
  return (
    `BLEU|${score.signature} = ${value.toFixed(2)} ` +
    `${precisions.map((precision) => precision.toFixed(1)).join("/")} ` +
    `(BP = ${brevityPenalty.toFixed(3)} ratio = ${ratio.toFixed(3)} ` +
    `hyp_len = ${hypothesisLength} ref_len = ${referenceLength})`
  );
}

function countAll(
  references: readonly (readonly string[])[],
  hypotheses: readonly string[],
  options: BleuOptions,
): BleuCounts[] {
  const { tokenizer = "13a", lowercase = false, maxOrder = 4 } = options;
  checkOptions(tokenizer, maxOrder);
  const words = (text: string) => bleuTokens(lowercase ? text.toLowerCase() : text, tokenizer);
  const counter = new BleuCounter(maxOrder);
  return hypotheses.map((text, index) => {
    const texts = references[index] as readonly string[];
    return counter.count(texts.map(words), words(text));
  });
}

function checkOptions(tokenizer: string, maxOrder: number): void {
  if (!isBleuTokenizer(tokenizer)) {
    throw new ConfigError("METRIC_TOKENIZER", `BLEU has no tokeniser "${tokenizer}".`, {
      hint: "Choose one of 13a, zh, intl, char, none.",
    });
  }
  if (!Number.isInteger(maxOrder) || maxOrder < 1) {
    throw new ConfigError("METRIC_ORDER", `BLEU needs a highest order of 1 or more, got ${maxOrder}.`, {
      hint: "The usual order is 4.",
    });
  }
}

function signature(references: readonly (readonly string[])[], options: BleuOptions): string {
  const { maxOrder = 4 } = options;
  return [
    `nrefs:${referenceCount(references)}`,
    `case:${options.lowercase === true ? "lc" : "mixed"}`,
    `eff:${options.effectiveOrder === true ? "yes" : "no"}`,
    `tok:${options.tokenizer ?? "13a"}`,
    `smooth:${smoothingName(options)}`,
    ...(maxOrder === 4 ? [] : [`order:${maxOrder}`]), // sacreBLEU has no word for it
    SCORER_VERSION,
  ].join("|");
}
