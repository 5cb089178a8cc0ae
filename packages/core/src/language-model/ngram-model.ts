import { ConfigError, DataError } from "@timestep/base";

/** What begins a sentence, ends it, and stands for every word that is not in the vocabulary. */
export const sentenceBegin = "<s>";
export const sentenceEnd = "</s>";
export const unknownWord = "<unk>";

/** An n-gram with log10 of its probability and, where it is a context, of its back-off weight. */
export interface NgramEntry {
  /** One word up to as many as the model's order. */
  readonly words: readonly string[];
  /** log10 p(last word | those before). */
  readonly logProbability: number;
  /** log10 of what the probabilities of shorter contexts are multiplied by behind these words. Default 0. */
  readonly backOff?: number;
  /** The line that it came from, for errors. */
  readonly line?: number;
}

/** The words that the next one depends on: a number that only the model which gave it understands. */
export type NgramState = number;

/** How probable a word is, and what the one after it depends on. */
export interface NgramStep {
  /** ln p(word | state). */
  readonly logProbability: number;
  readonly state: NgramState;
  /** Words of the n-gram that was found, 1 up to the order; 0 of a word that is not in the vocabulary. */
  readonly matched: number;
}

/** ln p of an unknown word where the model has no `<unk>`: 10⁻¹⁰⁰, near enough to impossible and still finite. */
const unheardOf = -100 * Math.LN10;

/**
 * A back-off n-gram model: words given the n - 1 words before.
 *
 *   p(w | h) = p*(w | h) where the n-gram h·w is known, else b(h)·p(w | h without its first word),   b = 1 of unknown h
 *
 * N-grams are nodes of a tree by their words from first to last. Each node knows the longest of its own endings that is a
 * node too, so that backing off is a step along a link, and a state is a node.
 *
 * Logarithms inside are to base 10 as in ARPA files; all that is asked for is in nats.
 *
 * @see Katz 1987, doi:10.1109/TASSP.1987.1165125; Jurafsky & Martin, Speech and Language Processing, chapter 3.
 */
export class NgramModel {
  /** The words of the vocabulary in the order of the unigrams, `<s>`, `</s>` and `<unk>` among them. */
  readonly vocabulary: readonly string[];
  private readonly ids = new Map<string, number>();
  /** From node · vocabulary + word to the node with that word added. */
  private readonly nodes = new Map<number, number>();
  private readonly depths: number[] = [0];
  private readonly endings: number[] = [0];
  private readonly logProbabilities: number[] = [NaN];
  private readonly backOffs: number[] = [0];
  private readonly unknown: number | undefined;

  /**
   * @param entries n-grams of all orders: shorter ones first, and each after its own beginning.
   * @throws {ConfigError} LM_ORDER
   * @throws {DataError} LM_NGRAM when an entry is there twice, is longer than the order, comes before its own beginning
   *   or has a word that is no unigram.
   */
  constructor(
    readonly order: number,
    entries: Iterable<NgramEntry>,
  ) {
    checkOrder(order);
    const kept = [...entries];
    for (const { words } of kept) {
      if (words.length === 1 && !this.ids.has(words[0] as string)) {
        this.ids.set(words[0] as string, this.ids.size);
      }
    }
    this.vocabulary = [...this.ids.keys()];
    this.unknown = this.ids.get(unknownWord);
    for (const entry of kept) this.add(entry);
  }

  /** Whether the model knows the word itself; an unknown word has the probability of `<unk>`. */
  knows(word: string): boolean {
    return this.ids.has(word);
  }

  /** Whether words outside the vocabulary have a probability of their own. */
  get hasUnknown(): boolean {
    return this.unknown !== undefined;
  }

  /** The state behind `words`, the last of which count most. */
  stateAfter(words: readonly string[]): NgramState {
    return words.reduce((state, word) => this.step(state, word).state, 0);
  }

  /** The state at the beginning of a sentence; that of no words at all where the model has no `<s>`. */
  begin(): NgramState {
    const begin = this.ids.get(sentenceBegin);
    return (begin === undefined ? undefined : this.child(0, begin)) ?? 0;
  }

  /** The next word: its probability, and the state behind it. */
  step(state: NgramState, word: string): NgramStep {
    const id = this.ids.get(word) ?? this.unknown;
    if (id === undefined) return { logProbability: unheardOf, state: 0, matched: 0 };
    let log = 0;
    for (let node = state; ; node = this.endings[node] as number) {
      const found = this.child(node, id);
      if (found !== undefined) {
        log += this.logProbabilities[found] as number;
        const matched = this.depths[found] as number;
        const next = matched === this.order ? (this.endings[found] as number) : found;
        return { logProbability: log * Math.LN10, state: next, matched: this.ids.has(word) ? matched : 0 };
      }
      log += this.backOffs[node] as number; // every word is a unigram, so that the root is never passed
    }
  }

  /** Every n-gram, shorter ones first, in the order in which they came. */
  *entries(): Generator<NgramEntry & { readonly backOff: number }> {
    const words: string[][] = [[]];
    const size = this.vocabulary.length;
    for (const [key, node] of this.nodes) {
      const before = words[Math.floor(key / size)] as string[];
      words[node] = [...before, this.vocabulary[key % size] as string];
      yield {
        words: words[node],
        logProbability: this.logProbabilities[node] as number,
        backOff: this.backOffs[node] as number,
      };
    }
  }

  private child(node: number, id: number): number | undefined {
    return this.nodes.get(node * this.vocabulary.length + id);
  }

  private add({ words, logProbability, backOff = 0, line }: NgramEntry): void {
    const where = line === undefined ? "" : `line ${line}: `;
    const refuse = (why: string, hint: string): DataError =>
      new DataError("LM_NGRAM", `${where}n-gram "${words.join(" ")}" ${why}.`, { hint });
    if (words.length === 0 || words.length > this.order) {
      throw refuse(
        `has ${words.length} words in a model of order ${this.order}`,
        "Raise the order, or drop it.",
      );
    }
    let node = 0;
    let ending = 0;
    for (const [n, word] of words.entries()) {
      const id = this.ids.get(word);
      if (id === undefined)
        throw refuse(`has "${word}", which is no unigram`, "Add a unigram for each word.");
      const next = this.child(node, id);
      if (n < words.length - 1) {
        if (next === undefined) {
          throw refuse(
            `came without "${words.slice(0, n + 1).join(" ")}" before it`,
            "List the beginning of every n-gram among the shorter ones.",
          );
        }
        node = next;
        continue;
      }
      if (next !== undefined) throw refuse("is there twice", "Keep one of the two.");
      ending = this.longestEnding(node, id);
      this.nodes.set(node * this.vocabulary.length + id, this.depths.length);
    }
    this.depths.push(words.length);
    this.endings.push(ending);
    this.logProbabilities.push(logProbability);
    this.backOffs.push(backOff);
  }

  /** The longest ending of node·id, shorter than itself, that is a node. */
  private longestEnding(node: number, id: number): number {
    for (let from = node; from !== 0;) {
      from = this.endings[from] as number;
      const found = this.child(from, id);
      if (found !== undefined) return found;
    }
    return 0;
  }
}

/** @throws {ConfigError} LM_ORDER when `order` is no whole number from 1 to 9. */
export function checkOrder(order: number): void {
  if (Number.isInteger(order) && order >= 1 && order <= 9) return;
  throw new ConfigError(
    "LM_ORDER",
    `the order of an n-gram model is a whole number from 1 to 9, got ${order}.`,
    {
      hint: "3 is usual for words, 5 and more for characters.",
    },
  );
}
