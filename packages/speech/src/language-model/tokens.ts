import { characterTokens, type NgramModel } from "@timestep/core";
import type { SpeechLabels } from "../labels/speech-labels.js";
import type { SpeechSettings } from "../settings.js";

/** What a language model calls a blank between words where its tokens are characters. */
export const blankToken = "▁";

/** A text as tokens of a language model over words or over characters. */
export function tokensOf(text: string, unit: SpeechSettings["labels"]): string[] {
  const words = text.trim().split(/\s+/u).filter(Boolean);
  return unit === "words" ? words : characterTokens(words.join(" "));
}

/**
 * Whether the tokens of a model are characters for a network that says characters: all are one character long, and one
 * is the blank, unless the network writes words without blanks.
 */
export function isCharacterModel({ vocabulary }: NgramModel, { separator }: SpeechLabels): boolean {
  const words = vocabulary.filter((word) => !isMark(word));
  const short = words.every((word) => [...word].length === 1);
  return short && (separator === undefined || words.includes(blankToken));
}

/** Whether a token is `<s>`, `</s>`, `<unk>` or the like, which nobody says. */
export function isMark(token: string): boolean {
  return /^<.+>$/.test(token);
}
