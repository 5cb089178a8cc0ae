import { type Random } from "@timestep/base";
import { Heap } from "./heap.js";
import { type LearntMerges, SYMBOL_LIMIT, WORD_START } from "./learn-merges.js";

/** A character that the alphabet lacks. */
export const NO_SYMBOL = -1;

/** A queue entry is rank·2^26 + place: smaller is an earlier merge, then further left. */
const PLACES = 2 ** 26;

/** Merges as numbers: symbols are the alphabet and then every text that a merge made for the first time. */
export class MergeTable {
  /** What each symbol spells, the blank of a word's start included. */
  readonly texts: readonly string[];
  /** The two symbols that each symbol was first made of; undefined for characters. */
  readonly parts: readonly (readonly [left: number, right: number] | undefined)[];
  private readonly symbols = new Map<string, number>();
  private readonly ranks = new Map<number, number>();
  private readonly results: number[] = [];

  constructor({ alphabet, merges }: LearntMerges) {
    const texts = [...alphabet];
    const parts: (readonly [number, number] | undefined)[] = alphabet.map(() => undefined);
    for (const [symbol, text] of alphabet.entries()) this.symbols.set(text, symbol);
    for (const [rank, [leftText, rightText]] of merges.entries()) {
      const left = this.symbols.get(leftText) ?? NO_SYMBOL;
      const right = this.symbols.get(rightText) ?? NO_SYMBOL;
      const text = leftText + rightText;
      let result = this.symbols.get(text);
      if (result === undefined) {
        result = texts.length;
        texts.push(text);
        parts.push([left, right]);
        this.symbols.set(text, result);
      }
      this.ranks.set(left * SYMBOL_LIMIT + right, rank);
      this.results.push(result);
    }
    this.texts = texts;
    this.parts = parts;
  }

  /** The symbol that spells a text. */
  symbolOf(text: string): number | undefined {
    return this.symbols.get(text);
  }

  /**
   * The symbols of a word: its start and its characters, joined by the earliest merge that applies, the leftmost of
   * equals, until none does. {@link NO_SYMBOL} stands for each character that is not known.
   *
   * With dropout, at every step each merge that could be made is passed over with that chance; at chance 1 the
   * characters stay apart. (Provilkov, Emelianenko & Voita 2020, BPE-dropout, algorithm 1.)
   */
  apply(word: string, dropout: number, random: Random | undefined): number[] {
    const symbols = [this.symbols.get(WORD_START) ?? NO_SYMBOL];
    for (const char of word) symbols.push(this.symbols.get(char) ?? NO_SYMBOL);
    // A doubly linked list over the places; a symbol that was joined to the one on its left is taken out.
    const next = symbols.map((_, i) => i + 1);
    const previous = symbols.map((_, i) => i - 1);
    const count = symbols.length;
    const queue = new Heap<number>((a, b) => a < b);
    const offer = (place: number): void => {
      const rank = this.rankAt(symbols, next, place);
      if (rank !== undefined) queue.push(rank * PLACES + place);
    };
    for (let place = 0; place + 1 < count; place++) offer(place);
    const passedOver: number[] = [];
    for (let entry = queue.pop(); entry !== undefined; entry = queue.pop()) {
      const place = entry % PLACES;
      const rank = Math.floor(entry / PLACES);
      if (this.rankAt(symbols, next, place) !== rank) continue; // what stood there has been joined since
      if (dropout > 0 && random !== undefined && random.uniform() < dropout) {
        passedOver.push(entry);
        continue;
      }
      const joined = next[place] as number;
      const after = next[joined] as number;
      symbols[place] = this.results[rank] as number;
      symbols[joined] = NO_SYMBOL;
      next[joined] = count;
      next[place] = after;
      if (after < count) previous[after] = place;
      offer(place);
      const before = previous[place] as number;
      if (before >= 0) offer(before);
      // Whatever was passed over has its chance again at the next step.
      for (const other of passedOver) queue.push(other);
      passedOver.length = 0;
    }
    const result: number[] = [];
    for (let place = 0; place < count; place = next[place] as number) result.push(symbols[place] as number);
    return result;
  }

  private rankAt(symbols: readonly number[], next: readonly number[], place: number): number | undefined {
    const right = next[place] as number;
    if (right >= symbols.length) return undefined;
    const a = symbols[place] as number;
    const b = symbols[right] as number;
    return a === NO_SYMBOL || b === NO_SYMBOL ? undefined : this.ranks.get(a * SYMBOL_LIMIT + b);
  }
}
