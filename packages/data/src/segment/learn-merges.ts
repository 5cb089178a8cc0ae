import { ConfigError, DataError } from "@timestep/base";
import { Heap } from "./heap.js";

/** What learning needs to know besides the text. */
export interface MergeOptions {
  /** How many merges to learn at most. */
  readonly merges: number;
  /** A pair seen fewer times is not merged. Default 2. */
  readonly minFrequency?: number | undefined;
  /** Characters seen fewer times are unknown. Default 1: every character of the text is known. */
  readonly minCharacterCount?: number | undefined;
}

export interface LearntMerges {
  /** The characters, in code point order, behind the blank that starts a word. */
  readonly alphabet: readonly string[];
  /** The two parts of each merge, in the order they were learnt; a part that starts a word starts with a blank. */
  readonly merges: readonly (readonly [left: string, right: string])[];
}

/** Starts a word. No word holds a blank, so this can never be mistaken for text. */
export const WORD_START = " ";

/** Pairs are keys left·2^21 + right, which a double holds exactly. */
export const SYMBOL_LIMIT = 2 ** 21;
const MOST_MERGES = 1_000_000;

/**
 * Learns merges from words and how often each occurs: start from characters, then again and again join the pair of
 * neighbours that occurs most often. Of pairs that occur equally often the first in code unit order is taken, left part
 * before right part, so the order of the words is of no account.
 *
 * An index from pairs to the words that hold them keeps a merge from touching any other word; counts change only where
 * a merge changed something.
 *
 * @throws {ConfigError} SUBWORD_OPTION when an option is no whole number in its range.
 * @throws {DataError} SUBWORD_NO_TEXT when there are no words.
 * @see Sennrich, Haddow & Birch 2016, Neural machine translation of rare words with subword units, algorithm 1.
 */
export function learnMerges(counts: ReadonlyMap<string, number>, options: MergeOptions): LearntMerges {
  const { merges: wanted, minFrequency = 2, minCharacterCount = 1 } = options;
  requireWhole("merges", wanted, 0, MOST_MERGES);
  requireWhole("minFrequency", minFrequency, 1);
  requireWhole("minCharacterCount", minCharacterCount, 1);
  if (counts.size === 0) {
    throw new DataError("SUBWORD_NO_TEXT", "there are no words to learn subwords from.", {
      hint: "Check that the training text is not empty.",
    });
  }
  const alphabet = alphabetOf(counts, minCharacterCount);
  const learner = new Learner(alphabet, counts, minFrequency);
  const merges: (readonly [string, string])[] = [];
  while (merges.length < wanted) {
    const merge = learner.next();
    if (merge === undefined) break;
    merges.push(merge);
  }
  return { alphabet, merges };
}

function alphabetOf(counts: ReadonlyMap<string, number>, minCount: number): string[] {
  const seen = new Map<string, number>();
  for (const [word, count] of counts) {
    for (const char of word) seen.set(char, (seen.get(char) ?? 0) + count);
  }
  const kept = [...seen].filter(([, count]) => count >= minCount).map(([char]) => char);
  kept.sort((a, b) => (a.codePointAt(0) ?? 0) - (b.codePointAt(0) ?? 0));
  return [WORD_START, ...kept];
}

interface Candidate {
  readonly key: number;
  readonly count: number;
}

/** Words as symbols, the counts of their pairs, and a queue of pairs by count. */
class Learner {
  private readonly texts: string[];
  private readonly symbols = new Map<string, number>();
  private readonly words: number[][] = [];
  private readonly frequencies: number[] = [];
  private readonly pairCounts = new Map<number, number>();
  private readonly wordsWith = new Map<number, Set<number>>();
  // Entries go stale as counts change; a popped entry counts only when it still says the truth.
  private readonly queue = new Heap<Candidate>((a, b) => this.comesBefore(a, b));

  constructor(
    alphabet: readonly string[],
    counts: ReadonlyMap<string, number>,
    private readonly minFrequency: number,
  ) {
    this.texts = [...alphabet];
    for (const [symbol, text] of alphabet.entries()) this.symbols.set(text, symbol);
    for (const [word, count] of counts) this.addWord(word, count);
    for (const [key, count] of this.pairCounts) this.offer(key, count);
  }

  /** Performs the best merge and tells its parts; undefined when no pair is frequent enough. */
  next(): readonly [string, string] | undefined {
    for (;;) {
      const best = this.queue.pop();
      if (best === undefined) return undefined;
      const count = this.pairCounts.get(best.key) ?? 0;
      if (count === best.count) return this.merge(best.key);
      this.offer(best.key, count);
    }
  }

  /** A character that is too rare to be known stands between pairs: words are cut there. */
  private addWord(word: string, count: number): void {
    let run: number[] = [0];
    for (const char of word) {
      const symbol = this.symbols.get(char);
      if (symbol === undefined) {
        this.addRun(run, count);
        run = [];
      } else run.push(symbol);
    }
    this.addRun(run, count);
  }

  private addRun(run: number[], count: number): void {
    if (run.length < 2) return;
    const index = this.words.length;
    this.words.push(run);
    this.frequencies.push(count);
    this.count(run, index, count);
  }

  private merge(key: number): readonly [string, string] {
    const left = Math.floor(key / SYMBOL_LIMIT);
    const right = key % SYMBOL_LIMIT;
    const parts = [this.texts[left] as string, this.texts[right] as string] as const;
    const joined = this.symbolOf(parts[0] + parts[1]);
    const changed = new Set<number>();
    for (const index of this.wordsWith.get(key) ?? []) {
      const word = this.words[index] as number[];
      const merged = joinPairs(word, left, right, joined);
      if (merged.length === word.length) continue;
      const frequency = this.frequencies[index] as number;
      this.count(word, index, -frequency, changed);
      this.words[index] = merged;
      this.count(merged, index, frequency, changed);
    }
    this.pairCounts.delete(key);
    this.wordsWith.delete(key);
    for (const pair of changed) this.offer(pair, this.pairCounts.get(pair) ?? 0);
    return parts;
  }

  /** Two merges may spell the same text ("ab"+"c", "a"+"bc"): it is one symbol. */
  private symbolOf(text: string): number {
    const known = this.symbols.get(text);
    if (known !== undefined) return known;
    const symbol = this.texts.length;
    this.texts.push(text);
    this.symbols.set(text, symbol);
    return symbol;
  }

  private count(word: readonly number[], index: number, by: number, changed?: Set<number>): void {
    for (let i = 1; i < word.length; i++) {
      const key = (word[i - 1] as number) * SYMBOL_LIMIT + (word[i] as number);
      this.pairCounts.set(key, (this.pairCounts.get(key) ?? 0) + by);
      changed?.add(key);
      if (by < 0) continue;
      const holders = this.wordsWith.get(key);
      if (holders === undefined) this.wordsWith.set(key, new Set([index]));
      else holders.add(index);
    }
  }

  private offer(key: number, count: number): void {
    if (count >= this.minFrequency) this.queue.push({ key, count });
  }

  private comesBefore(a: Candidate, b: Candidate): boolean {
    if (a.count !== b.count) return a.count > b.count;
    if (a.key === b.key) return false;
    const [leftA, leftB] = [a, b].map(({ key }) => this.texts[Math.floor(key / SYMBOL_LIMIT)] as string);
    if (leftA !== leftB) return (leftA as string) < (leftB as string);
    return (this.texts[a.key % SYMBOL_LIMIT] as string) < (this.texts[b.key % SYMBOL_LIMIT] as string);
  }
}

/** Replaces each occurrence of the pair by one symbol, from the left. */
function joinPairs(word: readonly number[], left: number, right: number, joined: number): number[] {
  const merged: number[] = [];
  for (let i = 0; i < word.length; i++) {
    if (word[i] === left && word[i + 1] === right) {
      merged.push(joined);
      i++;
    } else merged.push(word[i] as number);
  }
  return merged;
}

function requireWhole(name: string, value: number, least: number, most = Number.MAX_SAFE_INTEGER): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  const range = most < Number.MAX_SAFE_INTEGER ? `from ${least} to ${most}` : `of at least ${least}`;
  throw new ConfigError("SUBWORD_OPTION", `${name} must be a whole number ${range}, got ${value}.`);
}
