import { ngramTotals } from "./ngram-matches.js";

const EMPTY = -1;
const FIRST_CAPACITY = 256;

/**
 * Numbers n-grams 0, 1, 2, … so that they can be counted in arrays instead of under joined strings.
 *
 * An n-gram is named by the one it extends and its last symbol, so all orders of a text cost one look-up each. The table is
 * hashed with open addressing over typed arrays, at most half full.
 */
export class NgramIndex {
  /** How many different n-grams have been seen; their numbers are below it. */
  size = 0;
  private slots = new Int32Array(FIRST_CAPACITY).fill(EMPTY);
  /** By number: its slot, the n-gram it extends, its last symbol. */
  private places = new Int32Array(FIRST_CAPACITY / 2);
  private prefixes = new Int32Array(FIRST_CAPACITY / 2);
  private symbols = new Int32Array(FIRST_CAPACITY / 2);

  /**
   * The numbers of all n-grams of a text up to an order, those of order 1 first, each order from left to right.
   * A text of fewer than n symbols has none of order n.
   */
  ngrams(text: Int32Array, maxOrder: number): Int32Array {
    const numbers = new Int32Array(ngramTotals(text.length, maxOrder).reduce((sum, total) => sum + total, 0));
    let previous = 0; // where the next shorter n-grams start
    let end = 0;
    for (let order = 1; order <= maxOrder && order <= text.length; order++) {
      const start = end;
      for (let last = order - 1; last < text.length; last++) {
        const prefix = order === 1 ? EMPTY : (numbers[previous + last - order + 1] as number);
        numbers[end++] = this.extend(prefix, text[last] as number);
      }
      previous = start;
    }
    return numbers;
  }

  /** Forgets all n-grams and keeps the memory. */
  clear(): void {
    this.forgetFrom(0);
  }

  /**
   * Forgets the n-grams numbered from `number` on. The earlier ones were placed while those slots were still free, so none
   * of them becomes unreachable.
   */
  forgetFrom(number: number): void {
    for (let later = number; later < this.size; later++) this.slots[this.places[later] as number] = EMPTY;
    this.size = Math.min(this.size, number);
  }

  /** The number of the n-gram `prefix` followed by `symbol`; a new one when it was not seen before. */
  private extend(prefix: number, symbol: number): number {
    let slot = this.find(prefix, symbol);
    const found = this.slots[slot] as number;
    if (found !== EMPTY) return found;
    if (this.size === this.places.length) {
      this.grow();
      slot = this.find(prefix, symbol);
    }
    const number = this.size++;
    this.slots[slot] = number;
    this.places[number] = slot;
    this.prefixes[number] = prefix;
    this.symbols[number] = symbol;
    return number;
  }

  /** The slot that holds the n-gram, or the empty one where it belongs. */
  private find(prefix: number, symbol: number): number {
    const mask = this.slots.length - 1;
    let slot = mix(prefix, symbol) & mask;
    for (;;) {
      const number = this.slots[slot] as number;
      if (number === EMPTY) return slot;
      if (this.prefixes[number] === prefix && this.symbols[number] === symbol) return slot;
      slot = (slot + 1) & mask;
    }
  }

  private grow(): void {
    const capacity = this.slots.length * 2;
    const mask = capacity - 1;
    this.slots = new Int32Array(capacity).fill(EMPTY);
    this.places = longer(this.places);
    this.prefixes = longer(this.prefixes);
    this.symbols = longer(this.symbols);
    for (let number = 0; number < this.size; number++) {
      let slot = mix(this.prefixes[number] as number, this.symbols[number] as number) & mask;
      while (this.slots[slot] !== EMPTY) slot = (slot + 1) & mask;
      this.slots[slot] = number;
      this.places[number] = slot;
    }
  }
}

function longer(values: Int32Array): Int32Array<ArrayBuffer> {
  const copy = new Int32Array(values.length * 2);
  copy.set(values);
  return copy;
}

/** A hash of the pair whose low bits depend on all of its bits (the finaliser of MurmurHash3). */
function mix(prefix: number, symbol: number): number {
  let hash = Math.imul(prefix, 0x9e3779b1) ^ symbol;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
