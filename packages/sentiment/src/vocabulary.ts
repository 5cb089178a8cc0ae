import { DataError } from "@timestep/base";
import {
  countTokens,
  LabelSet,
  UNLABELLED,
  vectorVocabulary,
  Vocabulary,
  wordKey,
  type WordVectors,
} from "@timestep/data";
import { type SentimentExample, tokensOf } from "./examples.js";
import type { SentimentModelSettings } from "./settings.js";

/** Words, characters and labels by number: what a classifier must remember beside its weights. */
export interface SentimentVocabulary {
  /** Words of the training texts. */
  readonly words: Vocabulary;
  /** Words that have a pretrained vector. */
  readonly vectors: Vocabulary | undefined;
  /** Absent where words are not read by their characters. */
  readonly characters: Vocabulary | undefined;
  readonly labels: LabelSet;
}

/** Gathers the vocabulary from training examples; `labels` in the order of the corpus. */
export function collectVocabulary(
  examples: readonly SentimentExample[],
  labels: readonly string[],
  settings: SentimentModelSettings,
  vectors?: WordVectors,
): SentimentVocabulary {
  const words = function* (): Generator<string[]> {
    for (const example of examples) yield tokensOf(example).map(({ text }) => text);
  };
  const keys = function* (): Generator<string[]> {
    for (const row of words()) yield row.map((word) => wordKey(word, settings.words));
  };
  const { minCount } = settings.words;
  return {
    words: Vocabulary.build(keys(), { minCount }),
    vectors: vectors === undefined ? undefined : vectorVocabulary(vectors),
    characters: settings.characters.kind === "none" ? undefined : characterVocabulary(words()),
    labels: new LabelSet(labels.filter((label) => label !== UNLABELLED)),
  };
}

/** Characters of the different words, each counted as often as its word. */
function characterVocabulary(rows: Iterable<readonly string[]>): Vocabulary {
  const counts = new Map<string, number>();
  for (const [word, count] of countTokens(rows)) {
    for (const character of word) counts.set(character, (counts.get(character) ?? 0) + count);
  }
  return Vocabulary.fromCounts(counts);
}

/** As JSON, for `vocab.json`. */
export function vocabularyToJson({ words, vectors, characters, labels }: SentimentVocabulary): object {
  return {
    words: words.toJSON(),
    vectors: vectors?.toJSON() ?? null,
    characters: characters?.toJSON() ?? null,
    labels: labels.toJSON(),
  };
}

/**
 * @throws {DataError} VOCAB_FORMAT and LABEL_FORMAT when the value is not what {@link vocabularyToJson} writes.
 */
export function vocabularyFromJson(value: unknown): SentimentVocabulary {
  if (typeof value !== "object" || value === null) {
    throw new DataError("VOCAB_FORMAT", "vocab.json holds no vocabulary of a sentiment classifier.", {
      hint: "Use the file that was saved beside the model.",
    });
  }
  const json = value as Record<string, unknown>;
  const optional = (part: unknown): Vocabulary | undefined =>
    part === null || part === undefined ? undefined : Vocabulary.fromJSON(part);
  return {
    words: Vocabulary.fromJSON(json["words"]),
    vectors: optional(json["vectors"]),
    characters: optional(json["characters"]),
    labels: LabelSet.fromJSON(json["labels"]),
  };
}
