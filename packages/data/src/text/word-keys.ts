import { Vocabulary } from "./vocabulary.js";
import type { WordVectors } from "./word-vectors.js";

/** How words are spelt before they are looked up. */
export interface WordKeyOptions {
  readonly lowercase: boolean;
  /** zero: every digit, of any script, reads as 0. */
  readonly digits: "keep" | "zero";
}

/** How a word is looked up among the trained vectors. */
export function wordKey(word: string, { lowercase, digits }: WordKeyOptions): string {
  const cased = lowercase ? word.toLowerCase() : word;
  return digits === "zero" ? cased.replace(/\p{Nd}/gu, "0") : cased;
}

/** The forms under which a pretrained vector is looked for: as written, in lower case, with its digits as 0. */
export function vectorKeys(word: string): string[] {
  const lower = word.toLowerCase();
  return [word, lower, lower.replace(/\p{Nd}/gu, "0")];
}

/** The id of a word's pretrained vector under the first of its forms that has one, or that of unknown words. */
export function vectorId(word: string, vectors: Vocabulary): number {
  return vectors.id(vectorKeys(word).find((key) => vectors.has(key)) ?? "");
}

/** The words that have a pretrained vector, in the order of the vectors, which the counts keep. */
export function vectorVocabulary({ words }: Pick<WordVectors, "words">): Vocabulary {
  return Vocabulary.fromCounts(new Map(words.map((word, index) => [word, words.length - index])));
}
