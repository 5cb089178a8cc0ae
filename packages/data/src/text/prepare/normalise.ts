import { type AlignedText } from "./aligned-text.js";

type Rule = readonly [pattern: RegExp, by: string | ((match: string) => string)];

/** One sign for the many that writers and programs use for it. */
const SIGNS: readonly Rule[] = [
  [/[„“”‟«»]|''|´´/gu, '"'],
  [/[‘’‚‛´]/gu, "'"],
  [/[–‐‑−]/gu, "-"],
  [/—/gu, " - "],
  [/…/gu, "..."],
  [/[\u00A0\u2007\u202F\u3000]/gu, " "],
];

/** English sets a comma or full stop before the closing quote. */
const ENGLISH_ORDER: readonly Rule[] = [[/"[,.]+/gu, (match) => `${match.slice(1)}"`]];

/** Other languages set it behind the quote, except for a full stop that ends the text. */
const QUOTE_FIRST: readonly Rule[] = [
  [/,"/gu, '",'],
  [/(?<!\.)\.+"(?=\s*\S)/gu, (match) => `"${match.slice(0, -1)}`],
];

/**
 * Makes punctuation uniform: straight quotes and apostrophes, the short dash, three dots for the ellipsis, plain blanks,
 * and the order of quote and comma that the language has. After Moses' `normalize-punctuation`, whose other rules
 * change blanks only, which tokenising does anyway; single quotes become apostrophes here wherever they stand, and
 * blanks inside numbers stay.
 */
export function normalisePunctuation(text: AlignedText, language: string): AlignedText {
  const order = language === "en" ? ENGLISH_ORDER : QUOTE_FIRST;
  return [...SIGNS, ...order].reduce(
    (made, [pattern, by]) => made.replace(pattern, typeof by === "string" ? () => by : by),
    text,
  );
}
