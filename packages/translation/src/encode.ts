import type { Random } from "@timestep/base";
import { EOS, type SentencePair } from "@timestep/data";
import type { TranslationSettings } from "./settings.js";
import type { Sides } from "./units/index.js";

/** A sentence pair as numbers. */
export interface EncodedPair {
  /** In the order in which the encoder reads them, its end last. */
  readonly source: readonly number[];
  /** Without begin and end. */
  readonly target: readonly number[];
  /** File and line, for messages. */
  readonly place: string;
}

/** Merges that are passed over while training. */
export interface MergeDropout {
  readonly rate: number;
  readonly random: Random;
}

/** The ids of a source as the encoder reads them: turned round where that is asked for, and its end. */
export function encoderIds(
  ids: readonly number[],
  { reversed }: TranslationSettings["model"]["encoder"],
): number[] {
  return [...(reversed ? ids.toReversed() : ids), EOS];
}

/** What each unit of a translation gave to the units of its source, in the order of the text and without its end. */
export function inTextOrder(
  attention: readonly Float32Array[],
  units: number,
  { reversed }: TranslationSettings["model"]["encoder"],
): Float32Array[] {
  return attention.map((row) => {
    const own = row.slice(0, units);
    return reversed ? own.reverse() : own;
  });
}

/** Turns sentence pairs into numbers. Subwords with `dropout` are cut anew at each call. */
export function encodePairs(
  examples: readonly SentencePair[],
  { source, target }: Sides,
  { encoder }: TranslationSettings["model"],
  dropout?: MergeDropout,
): EncodedPair[] {
  const options =
    dropout === undefined || dropout.rate === 0 ? {} : { dropout: dropout.rate, random: dropout.random };
  return examples.map((example) => ({
    source: encoderIds(source.ids(example.source, options), encoder),
    target: target.ids(example.target, options),
    place: `${example.where.source.file}:${example.where.source.line}`,
  }));
}
