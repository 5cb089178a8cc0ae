import { NgramIndex } from "../text/ngram-index.js";
import { ngramTotals, occurrences, takeMatches } from "../text/ngram-matches.js";
import { splitWords, withoutSpaces } from "../text/split-words.js";
import { Symbols } from "../text/symbols.js";

/** What chrF needs to know, by order: characters from order 1, then words from order 1. Sentences add up to their corpus. */
export interface ChrfCounts {
  /** N-grams of the hypothesis; none are counted of an order that the reference is too short for. */
  readonly hypothesis: readonly number[];
  readonly reference: readonly number[];
  /** N-grams that both have, each as often as the side that has it less often. */
  readonly matches: readonly number[];
}

/** A text in the two forms that chrF compares. */
export interface ChrfText {
  /** Code points. */
  readonly characters: Int32Array;
  /** Words by number; empty when words do not count. */
  readonly words: Int32Array;
}

/** Counts n-grams of one pair of texts after another, in memory that it uses again. */
export class ChrfCounter {
  private readonly index = new NgramIndex();
  private readonly symbols = new Symbols();

  constructor(
    private readonly characterOrder: number,
    private readonly wordOrder: number,
    private readonly whitespace: boolean,
  ) {}

  /** Reads a text; texts of one counter can be compared. */
  read(text: string): ChrfText {
    return {
      characters: codePoints(this.whitespace ? text : withoutSpaces(text)),
      words: this.wordOrder === 0 ? new Int32Array(0) : this.symbols.encode(chrfWords(text)),
    };
  }

  count(reference: ChrfText, hypothesis: ChrfText): ChrfCounts {
    const characters = this.compare(reference.characters, hypothesis.characters, this.characterOrder);
    const words = this.compare(reference.words, hypothesis.words, this.wordOrder);
    return {
      hypothesis: [...characters.hypothesis, ...words.hypothesis],
      reference: [...characters.reference, ...words.reference],
      matches: [...characters.matches, ...words.matches],
    };
  }

  private compare(reference: Int32Array, hypothesis: Int32Array, maxOrder: number): ChrfCounts {
    this.index.clear();
    const known = this.index.ngrams(reference, maxOrder);
    const allowed = occurrences(known, this.index.size);
    const guessed = this.index.ngrams(hypothesis, maxOrder);
    const totals = ngramTotals(reference.length, maxOrder);
    return {
      hypothesis: ngramTotals(hypothesis.length, maxOrder).map((total, order) =>
        totals[order] === 0 ? 0 : total,
      ),
      reference: totals,
      matches: takeMatches(allowed, guessed, hypothesis.length, maxOrder),
    };
  }
}

/** The sum of the counts of some sentences. */
export function addChrfCounts(sentences: readonly ChrfCounts[]): ChrfCounts {
  const orders = sentences[0]?.matches.length ?? 0;
  const total = (part: keyof ChrfCounts) =>
    Array.from({ length: orders }, (_, order) =>
      sentences.reduce((sum, counts) => sum + (counts[part][order] as number), 0),
    );
  return { hypothesis: total("hypothesis"), reference: total("reference"), matches: total("matches") };
}

const PUNCTUATION = /[!-/:-@[-`{-~]/;

/** Words as chrF++ takes them: one ASCII punctuation mark is split off a word's end or, failing that, its start. */
function chrfWords(text: string): string[] {
  return splitWords(text).flatMap((word) => {
    if (word.length === 1) return word;
    if (PUNCTUATION.test(word.at(-1) as string)) return [word.slice(0, -1), word.slice(-1)];
    if (PUNCTUATION.test(word.charAt(0))) return [word.charAt(0), word.slice(1)];
    return word;
  });
}

function codePoints(text: string): Int32Array {
  return Int32Array.from(text, (character) => character.codePointAt(0) as number);
}
