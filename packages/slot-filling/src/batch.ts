import type { Random } from "@timestep/base";
import {
  bioToBioes,
  capitalisation,
  CAPITALISATIONS,
  PAD,
  padBatch,
  type PaddedBatch,
  type TaggedExample,
  UNK,
  vectorId,
  wordKey,
} from "@timestep/data";
import type { SlotModelSettings } from "./settings.js";
import type { SlotVocabulary } from "./vocabulary.js";

/** A word longer than this is read by its first and last characters. */
const longestWord = 32;

/** A sentence as numbers. */
export interface EncodedSentence {
  readonly words: number[];
  /** Ids among the pretrained vectors; empty without them. */
  readonly vectors: number[];
  readonly cases: number[];
  /** Ids of the characters of each word. */
  readonly characters: readonly number[][];
}

/** A sentence with its labels as numbers. */
export interface EncodedExample extends EncodedSentence {
  readonly tags: number[];
  readonly intent: number | undefined;
  /** Where it came from, for messages. */
  readonly place: string;
}

/** Sentences side by side, padded; everything the model reads. */
export interface SlotBatch {
  readonly words: PaddedBatch;
  readonly vectors: PaddedBatch;
  readonly cases: PaddedBatch;
  /** The different words of the batch by their characters: each is read once. */
  readonly spellings: PaddedBatch;
  /** [B·T]: which spelling each token has. */
  readonly spellingOf: Int32Array;
  readonly lengths: readonly number[];
}

/** A batch with its labels. */
export interface LabelledBatch extends SlotBatch {
  readonly tags: readonly (readonly number[])[];
  readonly intents: readonly number[];
  readonly places: readonly string[];
}

/** Turns tokens into numbers. */
export function encodeTokens(
  tokens: readonly string[],
  vocabulary: SlotVocabulary,
  settings: SlotModelSettings,
): EncodedSentence {
  const { words, vectors, characters } = vocabulary;
  return {
    words: tokens.map((token) => words.id(wordKey(token, settings.words))),
    vectors: vectors === undefined ? [] : tokens.map((token) => vectorId(token, vectors)),
    cases: tokens.map((token) => CAPITALISATIONS.indexOf(capitalisation(token)) + 1),
    characters: tokens.map((token) => characters.encode(shortened([...token]))),
  };
}

/**
 * Turns an example into numbers. Its labels must be in the vocabulary, as those of the training split are.
 *
 * @throws {DataError} LABEL_UNKNOWN
 */
export function encodeExample(
  example: TaggedExample,
  vocabulary: SlotVocabulary,
  settings: SlotModelSettings,
): EncodedExample {
  const { intents } = vocabulary;
  return {
    ...encodeTokens(example.tokens, vocabulary, settings),
    tags: vocabulary.tags.encode(bioToBioes(example.tags)),
    intent: intents === undefined || example.intent === undefined ? undefined : intents.id(example.intent),
    place: `${example.origin.file}:${example.origin.line}`,
  };
}

/** Pads sentences to a batch. With `wordDropout`, that share of words becomes unknown. */
export function makeBatch(
  sentences: readonly EncodedSentence[],
  wordDropout?: { readonly rate: number; readonly random: Random },
): SlotBatch {
  const drop = (ids: number[]): number[] =>
    wordDropout === undefined
      ? ids
      : ids.map((id) => (wordDropout.random.uniform() < wordDropout.rate ? UNK : id));
  const words = padBatch(
    sentences.map((sentence) => drop(sentence.words)),
    { pad: PAD },
  );
  const spellings = new Map<string, number>();
  const rows: number[][] = [];
  const spellingOf = new Int32Array(words.batch * words.time);
  sentences.forEach((sentence, row) => {
    for (let step = 0; step < words.time; step++) {
      const spelling = sentence.characters[step] ?? [PAD]; // padding reads as a word of one padding character
      const key = spelling.join(",");
      let index = spellings.get(key);
      if (index === undefined) {
        index = rows.push(spelling) - 1;
        spellings.set(key, index);
      }
      spellingOf[row * words.time + step] = index;
    }
  });
  return {
    words,
    vectors: padBatch(
      sentences.map((sentence) => sentence.vectors),
      { pad: PAD },
    ),
    cases: padBatch(
      sentences.map((sentence) => sentence.cases),
      { pad: PAD },
    ),
    spellings: padBatch(rows, { pad: PAD }),
    spellingOf,
    lengths: Array.from(words.lengths),
  };
}

/** Pads examples to a batch with labels. */
export function makeLabelledBatch(
  examples: readonly EncodedExample[],
  wordDropout?: { readonly rate: number; readonly random: Random },
): LabelledBatch {
  return {
    ...makeBatch(examples, wordDropout),
    tags: examples.map(({ tags }) => tags),
    intents: examples.flatMap(({ intent }) => (intent === undefined ? [] : [intent])),
    places: examples.map(({ place }) => place),
  };
}

function shortened(characters: string[]): string[] {
  if (characters.length <= longestWord) return characters;
  return [...characters.slice(0, longestWord / 2), ...characters.slice(-longestWord / 2)];
}
