import type { Random } from "@timestep/base";
import { planTrees, type Spellings, type Tree, type TreePlan } from "@timestep/core";
import { PAD, padBatch, UNK } from "@timestep/data";
import type { EncodedText } from "./encode.js";
import type { SentimentModelSettings } from "./settings.js";

/** N words as the model reads them. */
export interface WordRows {
  /** [N] */
  readonly words: Int32Array;
  /** [N]: ids among the pretrained vectors; absent without them. */
  readonly vectors: Int32Array | undefined;
  /** The different words of the batch that are read by their characters; absent where the model does not read so. */
  readonly spellings: Spellings | undefined;
  /** [N]: which spelling each word has, counted from 1; 0 for none. */
  readonly spellingOf: Int32Array;
}

/** How the words of a batch make up texts: rows of a padded table, or leaves of trees. */
export type Layout = SequenceLayout | TreeLayout;

export interface SequenceLayout {
  readonly kind: "sequence";
  /** Rows, B: texts, or their sentences where these are read first. N = B·T. */
  readonly batch: number;
  readonly time: number;
  /** [B] */
  readonly lengths: Int32Array;
  /** The texts that rows are sentences of. */
  readonly documents: DocumentLayout | undefined;
}

/** Sentences side by side: [D, S] places among the rows, padded with the number of rows. */
export interface DocumentLayout {
  readonly rows: Int32Array;
  readonly batch: number;
  readonly time: number;
  readonly lengths: Int32Array;
}

export interface TreeLayout {
  readonly kind: "tree";
  readonly plan: TreePlan;
}

/** Texts side by side; everything the model reads. */
export interface TextBatch {
  readonly rows: WordRows;
  readonly layout: Layout;
  /** For each text the row of each of its words that are read. */
  readonly wordRows: readonly Int32Array[];
}

/** A batch with labels: which rows of the model's scores are to be which class, and how much each counts. */
export interface LabelledBatch extends TextBatch {
  readonly targets: ScoreTargets;
}

export interface ScoreTargets {
  readonly rows: Int32Array;
  readonly labels: Int32Array;
  readonly weights: Float32Array;
}

/** Words read as unknown in training. */
export interface WordDropout {
  readonly rate: number;
  readonly random: Random;
}

/** Lays texts side by side; none may be empty. With `dropout`, that share of words becomes unknown. */
export function makeBatch(
  texts: readonly EncodedText[],
  settings: Pick<SentimentModelSettings, "kind">,
  dropout?: WordDropout,
): TextBatch {
  return settings.kind === "tree" ? treeBatch(texts, dropout) : sequenceBatch(texts, dropout);
}

/** Lays texts side by side with the class of each; in trees every node with a label counts, roots by `rootWeight`. */
export function makeLabelledBatch(
  texts: readonly EncodedText[],
  labels: readonly number[],
  settings: SentimentModelSettings,
  dropout?: WordDropout,
): LabelledBatch {
  const batch = makeBatch(texts, settings, dropout);
  const { layout } = batch;
  if (layout.kind === "sequence") {
    const rows = Int32Array.from(texts.keys());
    return {
      ...batch,
      targets: { rows, labels: Int32Array.from(labels), weights: new Float32Array(rows.length).fill(1) },
    };
  }
  const rows: number[] = [];
  const ids: number[] = [];
  const weights: number[] = [];
  texts.forEach(({ tree }, index) => {
    const own = layout.plan.rows[index] as Int32Array;
    own.forEach((row, at) => {
      const root = at === own.length - 1;
      const id = root ? (labels[index] as number) : (tree?.labels[at] as number);
      if (id < 0) return;
      rows.push(row);
      ids.push(id);
      weights.push(root ? settings.tree.rootWeight : 1);
    });
  });
  const targets = {
    rows: Int32Array.from(rows),
    labels: Int32Array.from(ids),
    weights: Float32Array.from(weights),
  };
  return { ...batch, targets };
}

function sequenceBatch(texts: readonly EncodedText[], dropout: WordDropout | undefined): TextBatch {
  const pieces = texts.flatMap(({ words, sentences }, text) =>
    cut(words.length, sentences).map((piece) => ({ text, ...piece })),
  );
  const time = pieces.reduce((most, { length }) => Math.max(most, length), 1);
  const places = new Int32Array(pieces.length * time).fill(-1); // of all texts' words, one after the other
  const wordRows = texts.map(({ words }) => new Int32Array(words.length));
  const starts = startsOf(texts.map(({ words }) => words.length));
  pieces.forEach(({ text, start, length }, row) => {
    for (let step = 0; step < length; step++) {
      places[row * time + step] = (starts[text] as number) + start + step;
      (wordRows[text] as Int32Array)[start + step] = row * time + step;
    }
  });
  const layout: SequenceLayout = {
    kind: "sequence",
    batch: pieces.length,
    time,
    lengths: Int32Array.from(pieces, ({ length }) => length),
    documents: texts[0]?.sentences === undefined ? undefined : documentsOf(texts.length, pieces),
  };
  return { rows: wordRowsOf(texts, places, dropout), layout, wordRows };
}

function treeBatch(texts: readonly EncodedText[], dropout: WordDropout | undefined): TextBatch {
  const starts = startsOf(texts.map(({ words }) => words.length));
  const trees = texts.map(({ tree }, text) => shifted(tree?.shape as Tree, starts[text] as number));
  const count = texts.reduce((total, { words }) => total + words.length, 0);
  const places = Int32Array.from({ length: count }, (_, place) => place);
  const wordRows = texts.map(({ words }, text) => words.map((_, at) => (starts[text] as number) + at));
  return {
    rows: wordRowsOf(texts, places, dropout),
    layout: { kind: "tree", plan: planTrees(trees) },
    wordRows,
  };
}

/** The same tree over leaves that begin at `start`. Trees can be deeper than the call stack. */
function shifted(tree: Tree, start: number): Tree {
  if (start === 0) return tree;
  const open: Tree[] = [tree];
  const order: Tree[] = [];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    order.push(node);
    if ("children" in node) open.push(...node.children);
  }
  const made = new Map<Tree, Tree>();
  for (const node of order.reverse()) {
    made.set(
      node,
      "children" in node
        ? { children: node.children.map((child) => made.get(child) as Tree) }
        : { leaf: node.leaf + start },
    );
  }
  return made.get(tree) as Tree;
}

/** The words of texts at `places` among all of them; -1 is padding. */
function wordRowsOf(
  texts: readonly EncodedText[],
  places: Int32Array,
  dropout: WordDropout | undefined,
): WordRows {
  const words = joined(texts.map((text) => text.words));
  const vectors =
    texts[0]?.vectors === undefined ? undefined : joined(texts.map((text) => text.vectors as Int32Array));
  const dropped = Uint8Array.from(words, () =>
    dropout !== undefined && dropout.rate > 0 && dropout.random.uniform() < dropout.rate ? 1 : 0,
  );
  const pick = (ids: Int32Array): Int32Array =>
    places.map((place) => (place < 0 ? PAD : dropped[place] === 1 ? UNK : (ids[place] as number)));
  return {
    words: pick(words),
    vectors: vectors === undefined ? undefined : pick(vectors),
    ...spellingRows(texts, places, dropped),
  };
}

/** Each different spelling once; a word that is dropped is read by its spelling, as an unknown one would be. */
function spellingRows(
  texts: readonly EncodedText[],
  places: Int32Array,
  dropped: Uint8Array,
): Pick<WordRows, "spellings" | "spellingOf"> {
  const spelt = texts.flatMap(({ spelt: own }) => own ?? []);
  if (spelt.length === 0) return { spellings: undefined, spellingOf: new Int32Array(places.length) };
  const numbers = new Map<string, number>();
  const rows: (readonly number[])[] = [];
  const spellingOf = places.map((place) => {
    const word = place < 0 ? undefined : spelt[place];
    if (word === undefined || !(word.read || dropped[place] === 1)) return 0;
    const key = word.characters.join(",");
    const known = numbers.get(key) ?? rows.push(word.characters);
    numbers.set(key, known);
    return known;
  });
  // Where no word is read so, one that nobody reads keeps the encoder part of the loss.
  return { spellings: padBatch(rows.length === 0 ? [[PAD]] : rows, { pad: PAD }), spellingOf };
}

function joined(parts: readonly Int32Array[]): Int32Array {
  const whole = new Int32Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function startsOf(lengths: readonly number[]): number[] {
  let next = 0;
  return lengths.map((length) => (next += length) - length);
}

function cut(count: number, sentences: readonly number[] | undefined): { start: number; length: number }[] {
  const lengths = sentences ?? [count];
  return startsOf(lengths).map((start, index) => ({ start, length: lengths[index] as number }));
}

function documentsOf(count: number, pieces: readonly { readonly text: number }[]): DocumentLayout {
  const rows: number[][] = Array.from({ length: count }, () => []);
  pieces.forEach(({ text }, row) => rows[text]?.push(row));
  const { ids, lengths, batch, time } = padBatch(rows, { pad: pieces.length });
  return { rows: ids, lengths, batch, time };
}
