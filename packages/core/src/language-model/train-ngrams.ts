import { ConfigError, DataError } from "@timestep/base";
import { continuationCounts, countNgrams, type NgramCounts } from "./counts.js";
import {
  checkOrder,
  type NgramEntry,
  NgramModel,
  sentenceBegin,
  sentenceEnd,
  unknownWord,
} from "./ngram-model.js";
import { type Smoothing, smoothings, weigh } from "./smoothing.js";

export interface NgramTraining {
  /** Words of the longest n-grams, 1 to 9. Default 3. */
  readonly order?: number;
  /** Default "kneser-ney". */
  readonly smoothing?: Smoothing;
  /** Words that occur less often become `<unk>`. Default 1: all are kept. */
  readonly minimumCount?: number;
  /** The words to be kept, whether they occur or not; every other becomes `<unk>`. */
  readonly vocabulary?: readonly string[];
}

/**
 * Trains an n-gram model. Each sentence is read with `<s>` before it and `</s>` behind it; `<unk>` always has some
 * probability, and so has every word of the vocabulary in every context: they add up to 1.
 *
 * Both smoothings interpolate each order with the next lower one, and unigrams with the uniform distribution over the
 * vocabulary, `</s>` and `<unk>` included. With c the counts of an order and h' the context h without its first word:
 *
 * - "kneser-ney" (modified): p(w|h) = (c(hw) - D(c(hw))) / c(h) + γ(h)·p(w|h'), where D has one value each for counts of
 *   1, 2 and more, found from how many n-grams occur once to four times; below the highest order, c(hw) is in how many
 *   contexts hw occurs (its count where h begins the sentence). Where a text is too small to tell a discount, ½, 1 and 1½
 *   stand in.
 * - "witten-bell": p(w|h) = (c(hw) + T(h)·p(w|h')) / (c(h) + T(h)), T(h) the number of different words seen behind h.
 *
 * Kneser–Ney is the better one on text; Witten–Bell does not rest on counts of counts, and suits a handful of sentences,
 * or characters.
 *
 * @throws {ConfigError} LM_ORDER, LM_SMOOTHING, LM_MINIMUM_COUNT.
 * @throws {DataError} LM_WORD when a word is empty, holds white space or is `<s>` or `</s>`; LM_EMPTY without sentences.
 * @see Chen & Goodman 1999, doi:10.1006/csla.1999.0128; Witten & Bell 1991, doi:10.1109/18.87000.
 *
 * @example
 * ```ts
 * const model = trainNgrams([["two", "red", "birds"], ["two", "birds"]], { order: 2 });
 * ```
 */
export function trainNgrams(sentences: Iterable<readonly string[]>, options: NgramTraining = {}): NgramModel {
  const { order = 3, smoothing = "kneser-ney", minimumCount = 1, vocabulary } = options;
  checkOrder(order);
  if (!smoothings.includes(smoothing)) {
    throw new ConfigError("LM_SMOOTHING", `"${String(smoothing)}" is no smoothing.`, {
      hint: `Use one of ${smoothings.join(", ")}.`,
    });
  }
  if (!Number.isInteger(minimumCount) || minimumCount < 1) {
    throw new ConfigError(
      "LM_MINIMUM_COUNT",
      `minimumCount is a whole number from 1 on, got ${minimumCount}.`,
    );
  }
  const texts = [...sentences];
  const words = new Set(vocabulary ?? frequentWords(texts, minimumCount));
  words.delete(unknownWord);
  for (const word of words) checkWord(word);
  if (texts.length === 0) {
    throw new DataError("LM_EMPTY", "there are no sentences to train on.", { hint: "Give at least one." });
  }
  const known = texts.map((text) => text.map((word) => (words.has(word) ? word : unknownWord)));
  let counts = countNgrams(known, order);
  if (smoothing === "kneser-ney") counts = counts.map((own, n) => continuationCounts(own, counts[n + 1]));
  return new NgramModel(order, entriesOf(counts, [...words, sentenceEnd, unknownWord], smoothing));
}

/** The entries of all orders, by interpolation from the shortest on. */
function* entriesOf(
  counts: readonly NgramCounts[],
  predicted: readonly string[],
  smoothing: Smoothing,
): Generator<NgramEntry> {
  const weighed = counts.map((own) => weigh(own, smoothing));
  const backOff = (words: readonly string[]): { backOff?: number } => {
    const weight = weighed[words.length]?.backOffs.get(words.join(" "));
    return weight === undefined ? {} : { backOff: Math.log10(weight) };
  };
  yield { words: [sentenceBegin], logProbability: -99, ...backOff([sentenceBegin]) };
  let lower = new Map<string, number>();
  const [unigrams] = weighed;
  const uniform = (unigrams?.backOffs.get("") ?? 1) / predicted.length;
  for (const word of predicted) {
    const probability = (unigrams?.shares.get(word) ?? 0) + uniform;
    lower.set(word, probability);
    yield { words: [word], logProbability: Math.log10(probability), ...backOff([word]) };
  }
  for (const [index, own] of counts.entries()) {
    if (index === 0) continue;
    const probabilities = new Map<string, number>();
    for (const [key, { words }] of own) {
      const { shares, backOffs } = weighed[index] as (typeof weighed)[number];
      const weight = backOffs.get(words.slice(0, -1).join(" ")) as number;
      const probability =
        (shares.get(key) as number) + weight * (lower.get(words.slice(1).join(" ")) as number);
      probabilities.set(key, probability);
      yield { words, logProbability: Math.log10(probability), ...backOff(words) };
    }
    lower = probabilities;
  }
}

function frequentWords(texts: readonly (readonly string[])[], minimumCount: number): string[] {
  const counts = new Map<string, number>();
  for (const word of texts.flat()) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].filter(([, count]) => count >= minimumCount).map(([word]) => word);
}

function checkWord(word: string): void {
  if (word !== "" && !/\s/u.test(word) && word !== sentenceBegin && word !== sentenceEnd) return;
  throw new DataError("LM_WORD", `"${word}" cannot be a word of an n-gram model.`, {
    hint: "Words are not empty and hold no white space; <s> and </s> are added here. See characterTokens.",
  });
}

/** The characters of a text as words of an n-gram model; a space becomes "▁", for words hold no white space. */
export function characterTokens(text: string): string[] {
  return Array.from(text, (character) => (character === " " ? "▁" : character));
}
