import { DataError } from "@timestep/base";

/** A sentence pair cut into words. */
export interface WordPair {
  readonly source: readonly string[];
  readonly target: readonly string[];
}

/** Rounds of expectation maximisation; the likelihood hardly moves after these. */
const rounds = 5;

/** Stands before every source sentence, for target words that translate none of its words. */
const nothing = 0;

/**
 * A dictionary learnt from sentence pairs: t(target word | source word) by IBM model 1, in which every source word of a
 * sentence, or none, may have brought forth each target word. A sentence is translated word by word in its own order;
 * unknown words stay as they are.
 *
 * @see Brown et al. 1993, "The mathematics of statistical machine translation", section 4.1.
 */
export class WordDictionary {
  private readonly best: ReadonlyMap<string, string>;

  private constructor(best: ReadonlyMap<string, string>) {
    this.best = best;
  }

  /**
   * Learns a dictionary; the same pairs give the same one.
   *
   * @throws {DataError} DICTIONARY_NO_PAIRS when no pair has words on both sides.
   */
  static learn(pairs: readonly WordPair[]): WordDictionary {
    const table = new PairTable(pairs);
    let chances = new Float64Array(table.size).fill(1);
    for (let round = 0; round < rounds; round++) chances = table.improved(chances);
    return new WordDictionary(table.best(chances));
  }

  /** The most probable translation of a word, or the word itself. */
  word(source: string): string {
    return this.best.get(source) ?? source;
  }

  translate(source: readonly string[]): string[] {
    return source.map((word) => this.word(word));
  }
}

/** Every pair of words that stand in one sentence pair, numbered, and the sentences as such numbers. */
class PairTable {
  private readonly sources = new Map<string, number>();
  private readonly targets: string[] = [];
  /** By source word: numbers of the pairs by target word. */
  private readonly numbers: Map<number, number>[] = [new Map()];
  /** By pair: its source word. */
  private readonly sourceOf: number[] = [];
  /** By sentence: its number of source words, with {@link nothing}, then for each target word that many pairs. */
  private readonly sentences: Int32Array[] = [];

  constructor(pairs: readonly WordPair[]) {
    const targetIds = new Map<string, number>();
    for (const { source, target } of pairs) {
      if (source.length === 0 || target.length === 0) continue;
      const from = [nothing, ...source.map((word) => this.sourceId(word))];
      const row = new Int32Array(1 + from.length * target.length);
      row[0] = from.length;
      let at = 1;
      for (const word of target) {
        let id = targetIds.get(word);
        if (id === undefined) targetIds.set(word, (id = this.targets.push(word) - 1));
        for (const one of from) row[at++] = this.pairNumber(one, id);
      }
      this.sentences.push(row);
    }
    if (this.sentences.length === 0) {
      throw new DataError("DICTIONARY_NO_PAIRS", "no pair has words on both sides.", {
        hint: "Give at least one sentence with its translation.",
      });
    }
  }

  get size(): number {
    return this.sourceOf.length;
  }

  /** One round: expected counts under the chances so far, shared out anew among the words of each source word. */
  improved(chances: Float64Array): Float64Array<ArrayBuffer> {
    const counts = new Float64Array(this.size);
    for (const row of this.sentences) {
      const words = row[0] as number;
      for (let start = 1; start < row.length; start += words) {
        let total = 0;
        for (let at = start; at < start + words; at++) total += chances[row[at] as number] as number;
        for (let at = start; at < start + words; at++) {
          const pair = row[at] as number;
          counts[pair] = (counts[pair] as number) + (chances[pair] as number) / total;
        }
      }
    }
    const totals = new Float64Array(this.numbers.length);
    counts.forEach((count, pair) => {
      const source = this.sourceOf[pair] as number;
      totals[source] = (totals[source] as number) + count;
    });
    return counts.map((count, pair) => count / (totals[this.sourceOf[pair] as number] as number));
  }

  /** The most probable target word of each source word; the one met first among equals. */
  best(chances: Float64Array): Map<string, string> {
    const best = new Map<string, string>();
    for (const [word, source] of this.sources) {
      let chosen = "";
      let most = -1;
      for (const [target, pair] of this.numbers[source] as Map<number, number>) {
        const chance = chances[pair] as number;
        if (chance <= most) continue;
        most = chance;
        chosen = this.targets[target] as string;
      }
      best.set(word, chosen);
    }
    return best;
  }

  private sourceId(word: string): number {
    let id = this.sources.get(word);
    if (id === undefined) {
      id = this.numbers.push(new Map()) - 1;
      this.sources.set(word, id);
    }
    return id;
  }

  private pairNumber(source: number, target: number): number {
    const own = this.numbers[source] as Map<number, number>;
    let pair = own.get(target);
    if (pair === undefined) {
      pair = this.sourceOf.push(source) - 1;
      own.set(target, pair);
    }
    return pair;
  }
}
