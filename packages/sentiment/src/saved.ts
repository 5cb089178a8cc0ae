import { DataError } from "@timestep/base";
import type { SentimentModelSettings } from "./settings.js";
import { type SentimentVocabulary, vocabularyFromJson, vocabularyToJson } from "./vocabulary.js";

/** What `vocab.json` of a run holds. */
export interface SavedVocabulary {
  readonly vocabulary: SentimentVocabulary;
  /** Length of the pretrained vectors, or null without them. */
  readonly vectorSize: number | null;
  /** How many training texts have each label, in the order of the labels. */
  readonly labelCounts: readonly number[];
}

/** As JSON, for `vocab.json`. */
export function savedToJson({ vocabulary, vectorSize, labelCounts }: SavedVocabulary): object {
  return { ...vocabularyToJson(vocabulary), vectorSize, labelCounts };
}

/**
 * Reads what {@link savedToJson} wrote.
 *
 * @throws {DataError} VOCAB_FORMAT, VOCAB_DUPLICATE, LABEL_FORMAT, LABEL_DUPLICATE or LABEL_EMPTY when it is damaged.
 */
export function savedFromJson(value: unknown): SavedVocabulary {
  const vocabulary = vocabularyFromJson(value);
  const json = value as { readonly vectorSize?: unknown; readonly labelCounts?: unknown };
  return {
    vocabulary,
    vectorSize: readVectorSize(json.vectorSize, vocabulary),
    labelCounts: readCounts(json.labelCounts, vocabulary),
  };
}

/** At least so many numbers are the weights of the model that the settings describe. */
export function leastModelValues(
  { vocabulary, vectorSize }: SavedVocabulary,
  { kind, words, vectors, characters, encoder, tree }: SentimentModelSettings,
): number {
  const wordSize = vectorSize !== null && vectors.mode === "tuned" ? vectorSize : words.size;
  const spelling =
    vocabulary.characters === undefined
      ? 0
      : characters.size * vocabulary.characters.size + characters.outputSize;
  const body = kind === "tree" ? tree.hiddenSize ** 2 : encoder.layers * encoder.hiddenSize ** 2;
  const pretrained = (vectorSize ?? 0) * (vocabulary.vectors?.size ?? 0);
  return wordSize * vocabulary.words.size + pretrained + spelling + body;
}

function readVectorSize(value: unknown, { vectors }: SentimentVocabulary): number | null {
  if (vectors === undefined) return null;
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 1) return value;
  throw damaged("vectorSize is no whole number from 1");
}

function readCounts(value: unknown, { labels }: SentimentVocabulary): number[] {
  const fine =
    Array.isArray(value) &&
    value.length === labels.size &&
    value.every((count) => typeof count === "number" && Number.isSafeInteger(count) && count >= 0);
  if (!fine) throw damaged("labelCounts does not have one whole number for each label");
  return value as number[];
}

function damaged(what: string): DataError {
  return new DataError("VOCAB_FORMAT", `vocab.json holds no vocabulary of a sentiment classifier: ${what}.`, {
    hint: "Use the file that was saved beside the model.",
  });
}
