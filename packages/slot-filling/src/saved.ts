import { DataError } from "@timestep/base";
import type { MajorityBaseline } from "./baseline.js";
import type { SlotModelSettings } from "./settings.js";
import { type SlotVocabulary, vocabularyFromJson, vocabularyToJson } from "./vocabulary.js";

/** What `vocab.json` of a run holds. */
export interface SavedVocabulary {
  readonly vocabulary: SlotVocabulary;
  /** Length of the pretrained vectors, or null without them. */
  readonly vectorSize: number | null;
  readonly baseline: MajorityBaseline;
}

/** As JSON, for `vocab.json`. */
export function savedToJson({ vocabulary, vectorSize, baseline }: SavedVocabulary): object {
  return { ...vocabularyToJson(vocabulary), vectorSize, baseline };
}

/**
 * Reads what {@link savedToJson} wrote; a run without a baseline gets an empty one.
 *
 * @throws {DataError} VOCAB_FORMAT, VOCAB_DUPLICATE, LABEL_FORMAT, LABEL_DUPLICATE or LABEL_EMPTY when it is damaged.
 */
export function savedFromJson(value: unknown): SavedVocabulary {
  const vocabulary = vocabularyFromJson(value);
  const json = value as { readonly vectorSize?: unknown; readonly baseline?: unknown };
  return {
    vocabulary,
    vectorSize: readVectorSize(json.vectorSize, vocabulary),
    baseline: readBaseline(json.baseline),
  };
}

/** At least so many numbers are the weights of the model that the settings describe. */
export function leastModelValues(
  { vocabulary, vectorSize }: SavedVocabulary,
  { words, characters, caseSize, encoder }: SlotModelSettings,
): number {
  const spelling =
    characters.kind === "none" ? 0 : characters.size * vocabulary.characters.size + characters.outputSize;
  return (
    words.size * vocabulary.words.size +
    (vectorSize ?? 0) * (vocabulary.vectors?.size ?? 0) +
    spelling +
    caseSize +
    encoder.layers * encoder.hiddenSize ** 2
  );
}

function readVectorSize(value: unknown, { vectors }: SlotVocabulary): number | null {
  if (vectors === undefined) return null;
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 1) return value;
  throw damaged("vectorSize is no whole number from 1");
}

function readBaseline(value: unknown): MajorityBaseline {
  if (value === undefined) return { tags: {}, intent: null };
  const { tags, intent } = (value ?? {}) as Partial<Record<keyof MajorityBaseline, unknown>>;
  const words =
    typeof tags === "object" && tags !== null && !Array.isArray(tags) ? Object.values(tags) : [undefined];
  const fine = words.every((tag) => typeof tag === "string" && /^[BI]-./s.test(tag));
  if (!fine || !(intent === null || typeof intent === "string")) throw damaged("its baseline is none");
  return { tags: tags as MajorityBaseline["tags"], intent };
}

function damaged(what: string): DataError {
  return new DataError("VOCAB_FORMAT", `vocab.json holds no vocabulary of a slot tagger: ${what}.`, {
    hint: "Use the file that was saved beside the model.",
  });
}
