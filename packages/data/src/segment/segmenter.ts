import { type Random } from "@timestep/base";

/** Id that starts a sentence to be generated. Padding and unknown are 0 and 1, as in every vocabulary. */
export const BOS = 2;
/** Id that ends a sentence. */
export const EOS = 3;
/** The first id that stands for text. Ids below are special and have no spelling, so no text can be read as one. */
export const FIRST_UNIT = 4;

/** A unit of a text and where it stands. */
export interface Piece {
  /** The unit's id, or UNK. */
  readonly id: number;
  /**
   * The text it covers: `text.slice(start, end)` in UTF-16 code units. A piece that only marks the start of a word
   * covers nothing, and a piece for unknown text covers that text.
   */
  readonly start: number;
  readonly end: number;
  /** Which word of the text it belongs to, counted from 0; words stand between blanks. */
  readonly word: number;
}

export interface EncodeOptions {
  /** Subwords only: the chance that a merge is passed over, 0 to 1. Default 0. */
  readonly dropout?: number;
  /** Needed where `dropout` is above 0. */
  readonly random?: Random;
}

/**
 * Cuts text into units and puts units together to text. Blanks of any kind and number count as one blank, and those at
 * the ends as none; apart from that `decode(encode(text))` is the text wherever all of it is known.
 */
export interface Segmenter {
  readonly kind: "subwords" | "words" | "characters";
  /** Number of ids, the four special ones included. */
  readonly size: number;
  /** The units of a text with their places. */
  encode(text: string, options?: EncodeOptions): Piece[];
  /** The ids of {@link encode} alone, faster. */
  encodeIds(text: string, options?: EncodeOptions): number[];
  /**
   * The text of units. PAD, BOS and EOS are passed over; what an unknown unit reads as is asked of `unknown` with its
   * place in `ids`, and is U+FFFD without it.
   *
   * @throws {DataError} SEGMENT_ID when an id is none of 0 … size-1.
   */
  decode(ids: ArrayLike<number>, unknown?: (place: number) => string): string;
  /** A unit as people read it: special ones in angle brackets, a blank as "▁". For display only. */
  show(id: number): string;
  toJSON(): unknown;
}

/** What an unknown unit reads as: the replacement character. */
export const UNKNOWN_TEXT = "\uFFFD";

const SPECIAL_NAMES = ["<pad>", "<unk>", "<s>", "</s>"] as const;

/** How a special id is shown; undefined for units. */
export function showSpecial(id: number): string | undefined {
  return SPECIAL_NAMES[id];
}

/** The words between the blanks of a text, with their places. */
export function* wordsOf(text: string): Generator<{ word: string; start: number }> {
  for (const { 0: word, index } of text.matchAll(/\S+/gu)) yield { word, start: index };
}
