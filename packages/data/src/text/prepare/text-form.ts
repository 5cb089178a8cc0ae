import { ConfigError } from "@timestep/base";
import { type Token, tokenise, whitespaceTokens } from "../tokenise.js";
import { AlignedText } from "./aligned-text.js";
import { detokenise } from "./detokenise.js";
import { normalisePunctuation } from "./normalise.js";
import { sentenceTokens, type Span } from "./sentence-tokens.js";

/**
 * How a sentence is cut into words: `sentence` as Moses does, `ideographs` by our own rules with every ideograph a word,
 * `blanks` at blanks only.
 */
export type WordRule = "sentence" | "ideographs" | "blanks";

/** The form in which a model sees text. */
export interface TextForm {
  /** Two letters: `en`, `de`, `fr` have rules of their own, others the common ones. */
  readonly language: string;
  readonly words: WordRule;
  /** Small letters only. They are made first, as published scores of Multi30k had it. */
  readonly lowercase: boolean;
  /** Quotes, dashes and other marks made uniform. */
  readonly normalise: boolean;
}

export interface PreparedText {
  /** The words with single blanks between them, what a segmenter takes. */
  readonly text: string;
  /** Each word as the model sees it, with its place in the text as given. */
  readonly words: readonly Token[];
}

/**
 * Brings a sentence into its form: small letters, uniform marks, words.
 *
 * @throws {ConfigError} TEXT_WORDS when `words` is no such rule.
 *
 * @example
 * ```ts
 * const form = { language: "en", words: "sentence", lowercase: true, normalise: true } as const;
 * prepareText("The dog’s ball.", form).text; // "the dog 's ball ."
 * ```
 */
export function prepareText(text: string, form: TextForm): PreparedText {
  let aligned = AlignedText.of(text);
  // Letter by letter, so that places stay known where a small letter is longer than the capital.
  if (form.lowercase)
    aligned = aligned.replace(/\p{Changes_When_Lowercased}/gu, (letter) => letter.toLowerCase());
  if (form.normalise) aligned = normalisePunctuation(aligned, form.language);
  const words = spansOf(aligned.text, form).map(({ start, end }): Token => {
    return { text: aligned.text.slice(start, end), ...aligned.origin(start, end) };
  });
  return { text: words.map((word) => word.text).join(" "), words };
}

/** Writes a sentence in its form as people do: the words of {@link prepareText}, put together. */
export function restoreText(text: string, { words, language }: Pick<TextForm, "words" | "language">): string {
  const tokens = text.split(/\s+/u).filter((word) => word !== "");
  return words === "blanks" ? tokens.join(" ") : detokenise(tokens, language);
}

function spansOf(text: string, { words, language }: TextForm): readonly Span[] {
  switch (words) {
    case "sentence":
      return sentenceTokens(text, language);
    case "ideographs":
      return tokenise(text);
    case "blanks":
      return whitespaceTokens(text);
    default:
      throw new ConfigError("TEXT_WORDS", `there is no rule of words "${words as string}".`, {
        hint: "The rules are sentence, ideographs and blanks.",
      });
  }
}
