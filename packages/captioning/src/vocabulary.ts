import { DataError } from "@timestep/base";
import { BOS, EOS, PAD, prepareText, restoreText, type TextForm, UNK, WordUnits } from "@timestep/data";
import { z } from "zod";
import { type CaptioningSettings } from "./settings.js";

/** The words that captions are made of, as a network counts them. */
export class CaptionVocabulary {
  /** Tokens that are never said. */
  readonly never: readonly number[] = [PAD, BOS, UNK];

  private constructor(
    private readonly units: WordUnits,
    /** Words that want another behind them. */
    private readonly dangling: ReadonlySet<number>,
    private readonly settings: CaptioningSettings["text"],
  ) {}

  /**
   * Learns the words of the training captions.
   *
   * @throws {DataError} CAPTION_NO_WORDS when none occurs often enough.
   */
  static learn(captions: Iterable<string>, settings: CaptioningSettings["text"]): CaptionVocabulary {
    const prepared = Array.from(captions, (caption) => prepare(caption, settings).join(" "));
    const { minCount, size } = settings;
    const units = WordUnits.learn(prepared, { minCount, maxSize: size });
    if (units.size > EOS + 1) {
      const dangling = danglingAmong(prepared.map((caption) => units.encodeIds(caption)));
      return new CaptionVocabulary(units, dangling, settings);
    }
    throw new DataError("CAPTION_NO_WORDS", `no word occurs ${minCount} times in the training captions.`, {
      hint: "Lower text.minCount, or give more captions.",
    });
  }

  /** @throws {DataError} VOCAB_FORMAT, SEGMENT_FORMAT when `value` is not what {@link toJSON} gave. */
  static fromJSON(value: unknown, settings: CaptioningSettings["text"]): CaptionVocabulary {
    const parsed = fileSchema.safeParse(value);
    if (!parsed.success) {
      throw new DataError("VOCAB_FORMAT", "this is no vocabulary of captions.", {
        cause: parsed.error,
        hint: "Use the file that was saved beside the model.",
      });
    }
    const { words, dangling } = parsed.data;
    return new CaptionVocabulary(WordUnits.fromJSON(words), new Set(dangling), settings);
  }

  /** How captions are cut into words. */
  get rule(): CaptioningSettings["text"]["words"] {
    return this.settings.words;
  }

  /** Number of tokens, special ones included. */
  get size(): number {
    return this.units.size;
  }

  /** The words of a caption; marks that are no words are left out unless the settings keep them. */
  wordsOf(caption: string): string[] {
    return prepare(caption, this.settings);
  }

  /** The tokens of a caption, without beginning and end; at most `maxWords`. */
  encode(caption: string): number[] {
    return this.units.encodeIds(this.wordsOf(caption).slice(0, this.settings.maxWords).join(" "));
  }

  /** A caption as people write it. */
  decode(tokens: ArrayLike<number>): string {
    return restoreText(this.units.decode(tokens), formOf(this.settings));
  }

  /** The word of a token. */
  show(token: number): string {
    return this.units.show(token);
  }

  /** Whether a caption that ends on this token would break off: "a dog with". */
  dangles(token: number): boolean {
    return this.dangling.has(token);
  }

  toJSON(): unknown {
    return { words: this.units.toJSON(), dangling: [...this.dangling] };
  }
}

const fileSchema = z.object({ words: z.unknown(), dangling: z.array(z.number().int().min(0)) });

/** A word that is seen so often, and ends so small a share of captions, wants another behind it. */
const dangling = { leastSeen: 50, mostEnds: 0.002 };

/** The tokens that hardly ever end a caption: articles, prepositions, adjectives, in whatever language. */
function danglingAmong(captions: readonly (readonly number[])[]): Set<number> {
  const seen = new Map<number, number>();
  const ends = new Map<number, number>();
  for (const tokens of captions) {
    for (const token of tokens) seen.set(token, (seen.get(token) ?? 0) + 1);
    const last = tokens.at(-1);
    if (last !== undefined) ends.set(last, (ends.get(last) ?? 0) + 1);
  }
  const { leastSeen, mostEnds } = dangling;
  const found = [...seen].filter(
    ([token, count]) => token !== UNK && count >= leastSeen && (ends.get(token) ?? 0) <= mostEnds * count,
  );
  return new Set(found.map(([token]) => token).sort((a, b) => a - b));
}

function formOf({ language, words, lowercase, normalise }: CaptioningSettings["text"]): TextForm {
  return { language, words, lowercase, normalise };
}

function prepare(caption: string, settings: CaptioningSettings["text"]): string[] {
  const words = prepareText(caption, formOf(settings)).words.map(({ text }) => text);
  return settings.punctuation ? words : words.filter((word) => /[\p{L}\p{N}]/u.test(word));
}
