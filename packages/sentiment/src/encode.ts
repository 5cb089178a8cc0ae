import { balanced, rightBranching, type Tree } from "@timestep/core";
import { foldTree, type LabelledTree, postOrder, UNK, UNLABELLED, vectorId, wordKey } from "@timestep/data";
import type { SentimentModelSettings } from "./settings.js";
import type { SentimentVocabulary } from "./vocabulary.js";

/** A word longer than this is read by its first and last characters. */
const longestWord = 32;

/** A text as numbers. Only the words that are read are there: a long text is cut in its middle. */
export interface EncodedText {
  readonly words: Int32Array;
  /** Ids among the pretrained vectors; absent without them. */
  readonly vectors: Int32Array | undefined;
  /** Each word by its characters; absent where the model does not read so. */
  readonly spelt: readonly SpeltWord[] | undefined;
  /** Which of the text's words each is. */
  readonly places: Int32Array;
  /** Words in each sentence, in order; for hierarchical reading. */
  readonly sentences: readonly number[] | undefined;
  /** For trees: the merges, and the id of each node's label in post-order, -1 where there is none. */
  readonly tree: { readonly shape: Tree; readonly labels: Int32Array } | undefined;
}

/** The ids of a word's characters, and whether they are read: the settings can keep them for unknown words. */
export interface SpeltWord {
  readonly characters: readonly number[];
  readonly read: boolean;
}

/** The places that are read of a text of so many words: its head and its tail. */
export function keptPlaces(count: number, { head, tail }: SentimentModelSettings["length"]): Int32Array {
  const kept = Math.min(count, head + tail);
  const fromStart = Math.min(head, kept);
  return Int32Array.from({ length: kept }, (_, at) => (at < fromStart ? at : count - kept + at));
}

/**
 * Turns words into numbers. A parse is kept where the text is short enough to be read whole; other texts get a tree of
 * the shape in the settings.
 *
 * @throws {DataError} LABEL_UNKNOWN when a node has a label that the vocabulary lacks.
 */
export function encodeText(
  words: readonly string[],
  vocabulary: SentimentVocabulary,
  settings: SentimentModelSettings,
  tree?: LabelledTree,
): EncodedText {
  const places = keptPlaces(words.length, settings.length);
  const read = Array.from(places, (place) => words[place] as string);
  const ids = Int32Array.from(read, (word) => vocabulary.words.id(wordKey(word, settings.words)));
  const { vectors } = vocabulary;
  const vectorIds =
    vectors === undefined ? undefined : Int32Array.from(read, (word) => vectorId(word, vectors));
  return {
    words: ids,
    vectors: vectorIds,
    spelt: speltWords(read, ids, vectorIds, vocabulary, settings),
    places,
    sentences: settings.encoder.hierarchical ? sentenceLengths(read) : undefined,
    tree:
      settings.kind === "tree"
        ? encodeTree(read.length, words.length, vocabulary, settings, tree)
        : undefined,
  };
}

function speltWords(
  read: readonly string[],
  ids: Int32Array,
  vectorIds: Int32Array | undefined,
  { characters }: SentimentVocabulary,
  { characters: { of } }: SentimentModelSettings,
): EncodedText["spelt"] {
  if (characters === undefined) return undefined;
  return read.map((word, at) => {
    const known = ids[at] !== UNK || (vectorIds !== undefined && vectorIds[at] !== UNK);
    return { characters: characters.encode(shortened([...word])), read: of === "all" || !known };
  });
}

function shortened(letters: string[]): string[] {
  if (letters.length <= longestWord) return letters;
  return [...letters.slice(0, longestWord / 2), ...letters.slice(-longestWord / 2)];
}

function encodeTree(
  read: number,
  words: number,
  { labels }: SentimentVocabulary,
  { tree: { shape } }: SentimentModelSettings,
  tree: LabelledTree | undefined,
): EncodedText["tree"] {
  if (tree === undefined || read < words) {
    const made = shape === "balanced" ? balanced(read) : rightBranching(read);
    const label = tree === undefined || tree.label === UNLABELLED ? -1 : labels.id(tree.label);
    const none = new Int32Array(2 * read - 1).fill(-1);
    none[none.length - 1] = label;
    return { shape: made, labels: none };
  }
  let leaf = 0;
  const merged = foldTree<Tree>(tree, (_node, children) =>
    children.length === 0 ? { leaf: leaf++ } : { children },
  );
  const ids = Array.from(postOrder(tree), ({ label }) => (label === UNLABELLED ? -1 : labels.id(label)));
  return { shape: merged, labels: Int32Array.from(ids) };
}

/** A sentence above this many words is cut: reviews now and then have no full stop. */
const longestSentence = 60;

/** How many words each sentence has; a sentence ends with a mark, and takes closing quotes and brackets along. */
export function sentenceLengths(words: readonly string[]): number[] {
  const lengths: number[] = [];
  let length = 0;
  words.forEach((word, at) => {
    length++;
    const next = words[at + 1];
    const ends = /^(?:[.!?。！？]+|…)$/u.test(word) || (length > 1 && closes(word) && endsBefore(words, at));
    if (next === undefined || (ends && !closes(next)) || length === longestSentence) {
      lengths.push(length);
      length = 0;
    }
  });
  return lengths;
}

function closes(word: string): boolean {
  return /^(?:["'”’)\]]|'')$/u.test(word);
}

/** Whether nothing but closing marks stands between a word and the end of a sentence before it. */
function endsBefore(words: readonly string[], at: number): boolean {
  let before = at - 1;
  while (before >= 0 && closes(words[before] as string)) before--;
  return /^(?:[.!?。！？]+|…)$/u.test(words[before] ?? "");
}
