/** Largest number of different words: two of their numbers fit one number that JavaScript holds exactly. */
const PAIR_BASE = 2 ** 26;

/**
 * Numbers the words and pairs of neighbouring words of training texts. Letters count as small ones; a text is the set of
 * what occurs in it, however often.
 */
export class NgramFeatures {
  private readonly words = new Map<string, number>();
  private readonly ids = new Map<number, number>();

  /** @param longest 1 for words alone, 2 for pairs too. */
  constructor(private readonly longest: 1 | 2 = 2) {}

  /** How many different features were learnt. */
  get size(): number {
    return this.ids.size;
  }

  /** The features of a training text, each once; new ones are learnt. */
  learn(tokens: readonly string[]): Int32Array {
    return this.collect(tokens, (key) => {
      let id = this.ids.get(key);
      if (id === undefined) this.ids.set(key, (id = this.ids.size));
      return id;
    });
  }

  /** The features of a text that were learnt, each once. */
  find(tokens: readonly string[]): Int32Array {
    return this.collect(tokens, (key) => this.ids.get(key));
  }

  private collect(tokens: readonly string[], idOf: (key: number) => number | undefined): Int32Array {
    const found = new Set<number>();
    let previous: number | undefined;
    for (const token of tokens) {
      const word = this.wordId(token.toLowerCase());
      const one = idOf(word);
      if (one !== undefined) found.add(one);
      const two =
        previous === undefined || this.longest < 2 ? undefined : idOf((previous + 1) * PAIR_BASE + word);
      if (two !== undefined) found.add(two);
      previous = word;
    }
    return Int32Array.from(found);
  }

  private wordId(word: string): number {
    let id = this.words.get(word);
    // Words of texts that are only looked up get numbers too; they have no feature, nor do pairs with them.
    if (id === undefined) this.words.set(word, (id = this.words.size));
    return id;
  }
}
