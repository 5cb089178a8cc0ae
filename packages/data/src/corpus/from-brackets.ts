import { DataError } from "@timestep/base";
import { tokenise } from "../text/tokenise.js";
import { type TaggedExample } from "./corpus.js";
import { spansToTags } from "./tag-schemes.js";

/**
 * A tagged sentence from text with its slots in brackets: the type, a blank, then the words. For examples and tests;
 * text that holds brackets of its own cannot be written so.
 *
 * @throws {DataError} BRACKETS_OPEN when brackets do not pair up or nest; BRACKETS_SLOT when a slot has no type or no words.
 *
 * @example
 * ```ts
 * fromBrackets("leave [origin Taipei] on [date November 2nd]").tags; // ["O", "B-origin", "O", "B-date", "I-date"]
 * ```
 */
export function fromBrackets(sentence: string): TaggedExample {
  const parts = sentence.split(/\[([^[\]]*)\]/); // plain text and slots in turn
  const stray = parts.find((part, index) => index % 2 === 0 && /[[\]]/.test(part));
  if (stray !== undefined) {
    throw new DataError("BRACKETS_OPEN", `brackets do not pair up in "${sentence}".`, {
      hint: "Write each slot as [type words]; slots cannot nest.",
    });
  }
  const tokens: string[] = [];
  const spans: { type: string; start: number; end: number }[] = [];
  parts.forEach((part, index) => {
    const start = tokens.length;
    if (index % 2 === 0) {
      tokens.push(...tokenise(part).map(({ text }) => text));
      return;
    }
    const [, type, words] = /^(\S+)\s+(\S.*)$/su.exec(part) ?? [];
    if (type === undefined || words === undefined) {
      throw new DataError("BRACKETS_SLOT", `"[${part}]" in "${sentence}" is no slot.`, {
        hint: "Write a type, a blank and at least one word, such as [origin Taipei].",
      });
    }
    tokens.push(...tokenise(words).map(({ text }) => text));
    spans.push({ type, start, end: tokens.length });
  });
  return { tokens, tags: spansToTags(spans, tokens.length, "BIO"), origin: { file: "brackets", line: 1 } };
}
