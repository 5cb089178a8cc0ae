import { DataError } from "@timestep/base";
import { checkPaired } from "../check.js";
import { referenceCount, SCORER_VERSION } from "../text/references.js";
import { splitWords } from "../text/split-words.js";
import { addBleuCounts, BleuCounter, type BleuCounts } from "../translation/bleu-counts.js";
import { captionTokens } from "./caption-tokens.js";
import { CiderScorer } from "./cider.js";
import { rougeL } from "./rouge.js";

export interface CaptionOptions {
  /** `ptb` splits as {@link captionTokens}; `none` at white space, for captions that are tokenised already. Default `ptb`. */
  readonly tokenizer?: "ptb" | "none" | undefined;
}

/** Scores of captions as papers tabulate them: a hundred times what the COCO evaluation prints. */
export interface CaptionScores {
  readonly bleu1: number;
  readonly bleu2: number;
  readonly bleu3: number;
  readonly bleu4: number;
  readonly rougeL: number;
  /** May exceed 100: a caption like all of its references, of words no other image has, has 1000. */
  readonly ciderD: number;
  /** By image, what the averages are made of. */
  readonly images: readonly { readonly rougeL: number; readonly ciderD: number }[];
  /** How the scores were taken, to print beside them. */
  readonly signature: string;
}

/**
 * BLEU-1 to BLEU-4, ROUGE-L and CIDEr-D of captions as the COCO evaluation (coco-caption) computes them: BLEU over the whole
 * corpus with the closest reference length, the others averaged over images, n-grams weighed by the references given here.
 *
 * @param references The captions of each image.
 * @param captions One generated caption an image, in the same order.
 * @throws {DataError} METRIC_EMPTY without images; METRIC_LENGTH when the numbers differ; METRIC_REFERENCE for an image
 *   without a reference.
 * @see Chen et al. 2015, arXiv:1504.00325.
 *
 * @example
 * ```ts
 * captionScores([["A dog runs.", "The dog is running."], ["A red bus."]], ["a dog runs", "a bus"]).ciderD;
 * ```
 */
export function captionScores(
  references: readonly (readonly string[])[],
  captions: readonly string[],
  options: CaptionOptions = {},
): CaptionScores {
  checkPaired(references.length, captions.length, "captions");
  checkReferences(references);
  const tokenizer = options.tokenizer ?? "ptb";
  const split = tokenizer === "ptb" ? captionTokens : splitWords;
  const referenceWords = references.map((texts) => texts.map(split));
  const captionWords = captions.map(split);

  const counter = new BleuCounter(MAX_ORDER);
  const cider = new CiderScorer(referenceWords);
  const counts: BleuCounts[] = [];
  const images = captionWords.map((words, image) => {
    const texts = referenceWords[image] as string[][];
    counts.push(counter.count(texts, words));
    return { rougeL: rougeL(texts, words), ciderD: 100 * cider.score(cider.prepare(texts), words) };
  });
  const [bleu1, bleu2, bleu3, bleu4] = cocoBleu(addBleuCounts(counts));
  return {
    bleu1,
    bleu2,
    bleu3,
    bleu4,
    rougeL: mean(images.map((image) => image.rougeL)),
    ciderD: mean(images.map((image) => image.ciderD)),
    images,
    signature: `nrefs:${referenceCount(references)}|tok:${tokenizer}|beta:1.2|sigma:6|${SCORER_VERSION}`,
  };
}

const MAX_ORDER = 4;

/** What the script adds to matches and to totals, so that it never divides by 0; no match then gives almost 0. */
const TINY = 1e-15;
const SMALL = 1e-9;

/** BLEU up to each order. */
function cocoBleu(counts: BleuCounts): [number, number, number, number] {
  const ratio = (counts.hypothesisLength + TINY) / (counts.referenceLength + SMALL);
  const penalty = ratio < 1 ? Math.exp(1 - 1 / ratio) : 1;
  let product = 1;
  const upTo = (order: number): number => {
    product *=
      ((counts.matches[order - 1] as number) + TINY) / ((counts.totals[order - 1] as number) + SMALL);
    return 100 * penalty * product ** (1 / order);
  };
  return [upTo(1), upTo(2), upTo(3), upTo(4)];
}

function checkReferences(references: readonly (readonly string[])[]): void {
  const missing = references.findIndex((texts) => texts.length === 0);
  if (missing < 0) return;
  throw new DataError("METRIC_REFERENCE", `image ${missing + 1} has no reference captions.`, {
    hint: "Leave the image out on both sides, or give it a caption.",
  });
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
