import { DataError } from "@timestep/base";
import {
  bioToBioes,
  LabelSet,
  type TaggedExample,
  vectorVocabulary,
  Vocabulary,
  wordKey,
  type WordVectors,
} from "@timestep/data";
import type { SlotModelSettings } from "./settings.js";

/** Words, characters and labels by number: what a tagger must remember beside its weights. */
export interface SlotVocabulary {
  readonly words: Vocabulary;
  /** Words that have a pretrained vector. */
  readonly vectors: Vocabulary | undefined;
  readonly characters: Vocabulary;
  /** BIOES tags. */
  readonly tags: LabelSet;
  readonly intents: LabelSet | undefined;
}

/** Gathers the vocabulary from training examples. */
export function collectVocabulary(
  examples: readonly TaggedExample[],
  settings: SlotModelSettings,
  vectors?: WordVectors,
): SlotVocabulary {
  const words = Vocabulary.build(
    examples.map(({ tokens }) => tokens.map((token) => wordKey(token, settings.words))),
    { minCount: settings.words.minCount },
  );
  const characters = Vocabulary.build(examples.flatMap(({ tokens }) => tokens.map((token) => [...token])));
  const tags = LabelSet.collect(["O", ...examples.flatMap((example) => bioToBioes(example.tags))]);
  const intents = examples.flatMap(({ intent }) => (intent === undefined ? [] : [intent]));
  return {
    words,
    vectors: vectors === undefined ? undefined : vectorVocabulary(vectors),
    characters,
    tags,
    intents: settings.intent && intents.length === examples.length ? LabelSet.collect(intents) : undefined,
  };
}

/** As JSON, for `vocab.json`. */
export function vocabularyToJson(vocabulary: SlotVocabulary): object {
  const { words, vectors, characters, tags, intents } = vocabulary;
  return {
    words: words.toJSON(),
    vectors: vectors?.toJSON() ?? null,
    characters: characters.toJSON(),
    tags: tags.toJSON(),
    intents: intents?.toJSON() ?? null,
  };
}

/**
 * @throws {DataError} VOCAB_FORMAT and LABEL_FORMAT when the value is not what {@link vocabularyToJson} writes.
 */
export function vocabularyFromJson(value: unknown): SlotVocabulary {
  if (typeof value !== "object" || value === null) {
    throw new DataError("VOCAB_FORMAT", "vocab.json holds no vocabulary of a slot tagger.", {
      hint: "Use the file that was saved beside the model.",
    });
  }
  const json = value as Record<string, unknown>;
  const optional = <T>(part: unknown, read: (part: unknown) => T): T | undefined =>
    part === null || part === undefined ? undefined : read(part);
  const tags = LabelSet.fromJSON(json["tags"]);
  if (!tags.has("O") || !tags.labels.every((tag) => tag === "O" || /^[BIES]-./s.test(tag))) {
    throw new DataError("LABEL_FORMAT", "the tags in vocab.json are not O and BIOES tags.", {
      hint: "Use the file that was saved beside the model.",
    });
  }
  return {
    words: Vocabulary.fromJSON(json["words"]),
    vectors: optional(json["vectors"], (part) => Vocabulary.fromJSON(part)),
    characters: Vocabulary.fromJSON(json["characters"]),
    tags,
    intents: optional(json["intents"], (part) => LabelSet.fromJSON(part)),
  };
}
