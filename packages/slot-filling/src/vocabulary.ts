import { DataError } from "@timestep/base";
import { bioToBioes, LabelSet, type TaggedExample, Vocabulary, type WordVectors } from "@timestep/data";
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

/** How a word is looked up among the trained vectors. */
export function wordKey(word: string, { lowercase, digits }: SlotModelSettings["words"]): string {
  const cased = lowercase ? word.toLowerCase() : word;
  return digits === "zero" ? cased.replace(/\p{Nd}/gu, "0") : cased;
}

/** The forms under which a pretrained vector is looked for: as written, in lower case, with its digits as 0. */
export function vectorKeys(word: string): string[] {
  const lower = word.toLowerCase();
  return [word, lower, lower.replace(/\p{Nd}/gu, "0")];
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

/** In the order of the vectors, which the counts keep. */
function vectorVocabulary({ words }: WordVectors): Vocabulary {
  return Vocabulary.fromCounts(new Map(words.map((word, index) => [word, words.length - index])));
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
