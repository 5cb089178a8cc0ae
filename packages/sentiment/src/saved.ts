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

/**
 * Refuses settings whose model could not be in a file of so many bytes. Sizes come from files too; this is found
 * before anything of their size is made.
 *
 * @throws {DataError} MODEL_DOES_NOT_FIT
 */
export function checkModelSize(
  { vocabulary, vectorSize }: SavedVocabulary,
  { kind, words, vectors, characters, encoder, tree }: SentimentModelSettings,
  file: { readonly name: string; readonly bytes: number },
): void {
  const wordSize = vectorSize !== null && vectors.mode === "tuned" ? vectorSize : words.size;
  const spelling =
    vocabulary.characters === undefined
      ? 0
      : characters.size * vocabulary.characters.size + characters.outputSize;
  const body = kind === "tree" ? tree.hiddenSize ** 2 : encoder.layers * encoder.hiddenSize ** 2;
  const least =
    wordSize * vocabulary.words.size + (vectorSize ?? 0) * (vocabulary.vectors?.size ?? 0) + spelling + body;
  if (least * 4 <= file.bytes) return;
  throw new DataError(
    "MODEL_DOES_NOT_FIT",
    `${file.name} has ${file.bytes} bytes, the model that the run's config and vocabulary describe more than ${least * 4}.`,
    { hint: "The files are not of one run, or were changed: copy the run again, or train again." },
  );
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
