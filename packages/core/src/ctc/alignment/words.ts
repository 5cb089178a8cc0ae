import { DataError } from "@timestep/base";
import type { CtcEmissions } from "../emissions.js";
import { ctcAlign, type FrameSpan } from "./align.js";
import { ctcConfidences, type LabelRange } from "./confidence.js";

export interface CtcWordOptions {
  /** The text of each class, [C]; the blank's is not read. */
  readonly alphabet: readonly string[];
  /** The class that stands between words; left out where each label is a word of its own. */
  readonly separator?: number;
  /** Default 0. */
  readonly blank?: number;
}

/** A word of a text, where it was said and how sure the model is of it. */
export interface CtcWord extends FrameSpan, LabelRange {
  readonly text: string;
  /** 0…1, see {@link ctcConfidences}. */
  readonly confidence: number;
}

/**
 * The words of a text with their times, in frames, and confidences: of one that was decoded, or of one that is known.
 *
 * A word lasts from the first frame of its first label to behind the last frame of its last, in the likeliest alignment.
 *
 * @throws as {@link ctcAlign}; {DataError} CTC_ALPHABET when a label has no text.
 *
 * @example
 * ```ts
 * const [best] = prefixBeamSearch(emissions);
 * const words = ctcWords(emissions, best.labels, { alphabet, separator: alphabet.indexOf(" ") });
 * const seconds = words.map(({ start, end }) => [start * hopSeconds, end * hopSeconds]);
 * ```
 */
export function ctcWords(
  emissions: CtcEmissions,
  labels: readonly number[],
  { alphabet, separator, blank = 0 }: CtcWordOptions,
): CtcWord[] {
  const { spans } = ctcAlign(emissions, labels, { blank });
  const words = wordRanges(labels, separator);
  const confidences = ctcConfidences(emissions, labels, words, { blank });
  return words.map(({ from, to }, n) => ({
    text: labels.slice(from, to).map(textIn(alphabet)).join(""),
    from,
    to,
    start: (spans[from] as FrameSpan).start,
    end: (spans[to - 1] as FrameSpan).end,
    confidence: confidences[n] as number,
  }));
}

/** Where the words of a sequence of labels stand; without a separator each label is one. */
export function wordRanges(labels: readonly number[], separator: number | undefined): LabelRange[] {
  if (separator === undefined) return labels.map((_, n) => ({ from: n, to: n + 1 }));
  const ranges: LabelRange[] = [];
  let from = 0;
  for (let n = 0; n <= labels.length; n++) {
    if (n < labels.length && labels[n] !== separator) continue;
    if (n > from) ranges.push({ from, to: n });
    from = n + 1;
  }
  return ranges;
}

/** @throws {DataError} CTC_ALPHABET when a label has no text. */
export function textIn(alphabet: readonly string[]): (label: number) => string {
  return (label) => {
    const text = alphabet[label];
    if (text !== undefined) return text;
    throw new DataError(
      "CTC_ALPHABET",
      `label ${label} is not in the alphabet of ${alphabet.length} texts.`,
      {
        hint: "Give one text per class, the blank's included, in the order of the classes.",
      },
    );
  };
}
