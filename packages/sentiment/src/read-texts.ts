import { bucketBatches, type LabelledTree, type Token } from "@timestep/data";
import { makeBatch, type TextBatch } from "./batch.js";
import { encodeText, type EncodedText } from "./encode.js";
import { type SentimentModel, textRows } from "./model.js";
import type { SentimentModelSettings } from "./settings.js";
import type { SentimentVocabulary } from "./vocabulary.js";

/** Words in a batch at prediction, padding included; more only costs memory. */
const batchWords = 8192;

/** A text cut into words. */
export interface CutText {
  readonly words: readonly Pick<Token, "text">[];
  readonly tree?: LabelledTree | undefined;
}

/** What the model says of one text, before its temperature is taken into account. */
export interface ReadText {
  /** [K] of the whole text. */
  readonly logits: Float32Array;
  /** For trees: [nodes, K] in post-order. */
  readonly nodes: readonly Float32Array[] | undefined;
  /** How it was read. */
  readonly encoded: EncodedText;
  /** [words]: gradient × input of the winning label; 0 at words that were not read. Only where asked for. */
  readonly weights: Float32Array | undefined;
  /** [words]: share of the attention; with attention alone, and only where asked for. */
  readonly attention: Float32Array | undefined;
}

/** A trained model with what it needs to read words. */
export interface Reader {
  readonly model: SentimentModel;
  readonly vocabulary: SentimentVocabulary;
  readonly settings: SentimentModelSettings;
}

/** Reads texts in batches of similar lengths; one without words stays undefined. */
export async function readTexts(
  texts: readonly CutText[],
  reader: Reader,
  options: { readonly explain?: boolean } = {},
): Promise<(ReadText | undefined)[]> {
  const { vocabulary, settings } = reader;
  const said: (ReadText | undefined)[] = texts.map(() => undefined);
  const filled = [...texts.keys()].filter((index) => (texts[index] as CutText).words.length > 0);
  const lengths = filled.map((index) =>
    Math.min((texts[index] as CutText).words.length, settings.length.head + settings.length.tail),
  );
  for (const places of bucketBatches(lengths, { maxTokens: batchWords, batchSize: 256 })) {
    const indices = places.map((place) => filled[place] as number);
    const encoded = indices.map((index) => {
      const { words, tree } = texts[index] as CutText;
      return encodeText(
        words.map(({ text }) => text),
        vocabulary,
        settings,
        tree,
      );
    });
    const found = await readBatch(encoded, reader, options.explain === true);
    indices.forEach((index, row) => {
      const { perWord, ...rest } = found[row] as BatchText;
      const count = (texts[index] as CutText).words.length;
      said[index] = { ...rest, ...spread(perWord, rest.encoded, count) };
    });
  }
  return said;
}

interface BatchText extends Omit<ReadText, "weights" | "attention"> {
  readonly perWord: {
    readonly weights: Float32Array | undefined;
    readonly attention: Float32Array | undefined;
  };
}

async function readBatch(
  encoded: readonly EncodedText[],
  reader: Reader,
  explain: boolean,
): Promise<BatchText[]> {
  const { model, vocabulary, settings } = reader;
  const batch = makeBatch(encoded, settings);
  const { logits, attention } = await model.predict(batch);
  const size = vocabulary.labels.size;
  const row = (at: number): Float32Array => logits.slice(at * size, (at + 1) * size);
  const own = Array.from(textRows(batch.layout), row);
  const weights = explain ? await model.wordWeights(batch, own.map(greatest)) : undefined;
  const ofWords = (all: Float32Array | undefined, text: number): Float32Array | undefined =>
    all === undefined
      ? undefined
      : Float32Array.from(batch.wordRows[text] as Int32Array, (at) => all[at] as number);
  return encoded.map((text, index) => ({
    logits: own[index] as Float32Array,
    nodes: nodesOf(batch, index, row),
    encoded: text,
    perWord: { weights: ofWords(weights, index), attention: explain ? ofWords(attention, index) : undefined },
  }));
}

function nodesOf(
  { layout }: TextBatch,
  text: number,
  row: (at: number) => Float32Array,
): Float32Array[] | undefined {
  return layout.kind === "tree" ? Array.from(layout.plan.rows[text] as Int32Array, row) : undefined;
}

/** From the words that were read to all words of the text. */
function spread(
  { weights, attention }: BatchText["perWord"],
  { places }: EncodedText,
  count: number,
): Pick<ReadText, "weights" | "attention"> {
  const over = (values: Float32Array | undefined): Float32Array | undefined => {
    if (values === undefined) return undefined;
    const all = new Float32Array(count);
    places.forEach((place, at) => (all[place] = values[at] as number));
    return all;
  };
  return { weights: over(weights), attention: over(attention) };
}

/** The place of the greatest value; of equal ones the first. */
export function greatest(values: ArrayLike<number>): number {
  let best = 0;
  for (let at = 1; at < values.length; at++) if ((values[at] as number) > (values[best] as number)) best = at;
  return best;
}
