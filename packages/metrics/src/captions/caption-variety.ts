import { checkPaired, percentage } from "../check.js";
import { captionTokens } from "./caption-tokens.js";

/** How much a captioner has to say, and how much of it is its own. */
export interface CaptionVariety {
  /** Share of captions that are unlike all captions before them, percent. */
  readonly distinct: number;
  /** Share of captions that stand word for word in the training set, percent. */
  readonly copied: number;
  /** Different words in all captions. */
  readonly vocabulary: number;
  /** Words in a caption. */
  readonly meanLength: number;
}

/**
 * Counts repeated and copied captions. Captions are the same when {@link captionTokens} are.
 *
 * @throws {DataError} METRIC_EMPTY without captions.
 */
export function captionVariety(captions: readonly string[], training: readonly string[]): CaptionVariety {
  checkPaired(captions.length, captions.length, "captions");
  const tokens = captions.map(captionTokens);
  const texts = tokens.map((words) => words.join(" "));
  const known = new Set(training.map((text) => captionTokens(text).join(" ")));
  const words = tokens.flat();
  return {
    distinct: percentage(new Set(texts).size, texts.length),
    copied: percentage(texts.filter((text) => known.has(text)).length, texts.length),
    vocabulary: new Set(words).size,
    meanLength: words.length / texts.length,
  };
}
