/** A word and when it was said. */
export interface RecognisedWord {
  readonly text: string;
  /** Seconds from the start of the clip. */
  readonly start: number;
  readonly end: number;
  /** 0 to 1. */
  readonly confidence: number;
}

/** One reading of a clip. */
export interface Reading {
  readonly text: string;
  /** Log probability in nats, with what a language model adds; higher is better. */
  readonly score: number;
}

/** What a recogniser says of a clip. */
export interface Recognition {
  readonly text: string;
  /** P(text | clip) under the network, 0 to 1. */
  readonly confidence: number;
  readonly words: readonly RecognisedWord[];
  /** Best first; the first is the text. */
  readonly nbest: readonly Reading[];
}
