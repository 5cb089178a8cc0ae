import type { AlignmentLink, WordAlignment } from "./alignment.js";

/** One way to translate a text. */
export interface Candidate {
  readonly text: string;
  /** Log probability in nats under the penalties of the search; higher is better. */
  readonly score: number;
}

/** What a translator says of a text. */
export interface Translation {
  readonly source: string;
  readonly translation: string;
  readonly score: number;
  /** Best first; the first is the translation. */
  readonly nbest: readonly Candidate[];
  /** For each word of the translation the source word that it gives most attention; empty without attention. */
  readonly alignment: readonly AlignmentLink[];
}

/** A translation with all the attention between words. */
export interface AlignedTranslation extends Translation {
  /** Undefined without attention, and for a text that is so long that it was read in parts. */
  readonly words: WordAlignment | undefined;
}
