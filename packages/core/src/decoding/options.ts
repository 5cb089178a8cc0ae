import { ConfigError } from "@timestep/base";
import type { TokenConstraint } from "./rules.js";

/** A number for every sentence, or one that depends on the sentence's place in the batch, counted from 0. */
export type PerSentence = number | ((sentence: number) => number);

/** What a search tells its `onStep` after each step. */
export interface DecodingProgress {
  /** Steps taken, from 1. */
  readonly step: number;
  /** Rows that the next step will have. */
  readonly rows: number;
  /** Sentences whose search is over. */
  readonly done: number;
  /** The tokens of a sentence's best hypothesis so far, finished or not. */
  readonly best: (sentence: number) => readonly number[];
}

/** What every search takes. */
export interface DecodingOptions {
  /** B: rows of the initial state. */
  readonly sentences: number;
  /** The token fed to the first step. It may be produced unless it is among `never`. */
  readonly begin: number;
  /** The token that ends a sequence. */
  readonly end: number;
  /** The most tokens of a sequence, its end not counted. */
  readonly maximumLength: PerSentence;
  /** The fewest tokens, the end not counted. Default 0. */
  readonly minimumLength?: PerSentence;
  /** Tokens that are never produced, such as padding, the beginning and the unknown word. */
  readonly never?: readonly number[];
  /** No run of this many tokens occurs twice in a sequence; 0, the default, allows all. */
  readonly noRepeat?: number;
  /** Tokens that the end may not follow: "the", an opening bracket, half of a word. */
  readonly noEndAfter?: (token: number) => boolean;
  /** What may follow, hypothesis by hypothesis; undefined leaves all open. */
  readonly constrain?: (hypothesis: OpenHypothesis) => TokenConstraint | undefined;
  /** [B]: source positions of each sentence. Rows of attention are cut to it. */
  readonly sourceLengths?: readonly number[];
  /** Keeps the rows of attention. Default false. */
  readonly attention?: boolean;
  /** Called after each step, and awaited; false stops the search, which then gives what it has. */
  readonly onStep?: (progress: DecodingProgress) => unknown;
}

/** What a constraint sees of a hypothesis that is to be continued. */
export interface OpenHypothesis {
  readonly sentence: number;
  readonly tokens: readonly number[];
}

/** @throws {ConfigError} DECODING_OPTION when `value` is no whole number of at least `least`. */
export function checkWhole(name: string, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least) return;
  throw new ConfigError("DECODING_OPTION", `${name} is a whole number from ${least} on, got ${value}.`, {
    hint: `Set ${name} to ${least} or more.`,
  });
}

/** @throws {ConfigError} DECODING_OPTION when `value` is not finite or below `least`. */
export function checkAtLeast(name: string, value: number, least: number): void {
  if (Number.isFinite(value) && value >= least) return;
  throw new ConfigError("DECODING_OPTION", `${name} is a finite number from ${least} on, got ${value}.`, {
    hint: `Set ${name} to ${least} or more.`,
  });
}

/** @throws {ConfigError} DECODING_TOKEN when `token` is none of the vocabulary. */
export function checkToken(name: string, token: number, vocabularySize: number): void {
  if (Number.isInteger(token) && token >= 0 && token < vocabularySize) return;
  throw new ConfigError(
    "DECODING_TOKEN",
    `${name} is ${token}, which is not among the ${vocabularySize} tokens of the model.`,
    { hint: `Tokens are whole numbers from 0 to ${vocabularySize - 1}; use the model's own vocabulary.` },
  );
}

/** @throws {ConfigError} DECODING_OPTION when `sourceLengths` is not one whole number per sentence. */
export function checkSourceLengths(sentences: number, sourceLengths: readonly number[] | undefined): void {
  if (sourceLengths === undefined) return;
  if (sourceLengths.length !== sentences) {
    throw new ConfigError(
      "DECODING_OPTION",
      `sourceLengths has ${sourceLengths.length} entries for ${sentences} sentences.`,
      { hint: "Give one length per sentence." },
    );
  }
  for (const [sentence, length] of sourceLengths.entries()) {
    checkWhole(`sourceLengths[${sentence}]`, length, 0);
  }
}
