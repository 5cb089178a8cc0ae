import { bioesToBio, bucketBatches } from "@timestep/data";
import { encodeTokens, type EncodedSentence, makeBatch, type SlotBatch } from "./batch.js";
import type { SlotModel, SlotOutput } from "./model.js";
import { cutAt, pieceEnds } from "./pieces.js";
import type { SlotModelSettings } from "./settings.js";
import type { SlotVocabulary } from "./vocabulary.js";

/** Tokens in a batch at prediction, padding included; more only costs memory. */
const batchTokens = 4096;

/** What the model says about one sentence. */
export interface SentenceTags {
  /** BIO. */
  readonly tags: readonly string[];
  /** P(tag) of each token's tag, summed over all ways to tag the rest. */
  readonly confidences: readonly number[];
  /** Null where the model knows no intents. */
  readonly intent: { readonly label: string; readonly confidence: number } | null;
}

/** A trained model with what it needs to read words. */
export interface Reader {
  readonly model: SlotModel;
  readonly vocabulary: SlotVocabulary;
  readonly settings: SlotModelSettings;
}

/**
 * Tags sentences of any length, in batches of similar lengths; a sentence without tokens gets no tags and no intent.
 * One above `longestPiece` is tagged piece by piece, and its intent is that of its first piece.
 */
export function tagSentences(sentences: readonly (readonly string[])[], reader: Reader): SentenceTags[] {
  const { batches, finish } = plan(sentences, reader);
  return finish(batches.map((batch) => reader.model.predict(batch)));
}

/** As {@link tagSentences}, on any engine. */
export async function tagSentencesAsync(
  sentences: readonly (readonly string[])[],
  reader: Reader,
): Promise<SentenceTags[]> {
  const { batches, finish } = plan(sentences, reader);
  const outputs: SlotOutput[] = [];
  for (const batch of batches) outputs.push(await reader.model.predictAsync(batch));
  return finish(outputs);
}

/** The batches that are to be read, and what puts the answers together again. */
interface Plan {
  readonly batches: readonly SlotBatch[];
  finish(outputs: readonly SlotOutput[]): SentenceTags[];
}

function plan(sentences: readonly (readonly string[])[], reader: Reader): Plan {
  const pieces = sentences.flatMap((tokens, sentence) =>
    cutAt(tokens, pieceEnds(tokens)).map((piece) => ({ sentence, tokens: piece })),
  );
  const encoded = pieces.map(({ tokens }) => encodeTokens(tokens, reader.vocabulary, reader.settings));
  const lengths = pieces.map(({ tokens }) => tokens.length);
  const places = bucketBatches(lengths, { maxTokens: batchTokens, batchSize: 256 });
  return {
    batches: places.map((batch) => makeBatch(batch.map((place) => encoded[place] as EncodedSentence))),
    finish(outputs) {
      const said: SentenceTags[] = [];
      outputs.forEach((output, n) => {
        places[n]?.forEach((place, row) => {
          said[place] = describeRow(output, row, reader.vocabulary);
        });
      });
      return joinPieces(
        sentences.length,
        pieces.map(({ sentence }) => sentence),
        said,
      );
    },
  };
}

function describeRow(output: SlotOutput, row: number, vocabulary: SlotVocabulary): SentenceTags {
  const ids = output.paths[row]?.tags ?? [];
  return {
    tags: bioesToBio(vocabulary.tags.decode(ids)),
    confidences: ids.map((id, step) => output.marginals[row]?.[step]?.[id] as number),
    intent: intentOf(output, row, vocabulary),
  };
}

function intentOf(output: SlotOutput, row: number, { intents }: SlotVocabulary): SentenceTags["intent"] {
  const probabilities = output.intents?.[row];
  if (probabilities === undefined || intents === undefined) return null;
  const confidence = Math.max(...probabilities);
  return { label: intents.label(probabilities.indexOf(confidence)), confidence };
}

function joinPieces(
  count: number,
  sentenceOf: readonly number[],
  said: readonly SentenceTags[],
): SentenceTags[] {
  const bySentence: SentenceTags[][] = Array.from({ length: count }, () => []);
  said.forEach((piece, place) => bySentence[sentenceOf[place] as number]?.push(piece));
  return bySentence.map((pieces) => ({
    tags: pieces.flatMap(({ tags }) => tags),
    confidences: pieces.flatMap(({ confidences }) => confidences),
    intent: pieces.some(({ tags }) => tags.length > 0) ? (pieces[0]?.intent ?? null) : null,
  }));
}
