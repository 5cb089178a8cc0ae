import { abbreviationsOf } from "./abbreviations.js";

/** A part of a text: `text.slice(start, end)`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Where a match is set apart: on both sides, or on one. */
type Cut = readonly [pattern: RegExp, sides: "both" | "before" | "after"];

const CUTS: readonly Cut[] = [
  [/[^\p{Alphabetic}\p{M}\p{Nd}\s.'`,-]/gu, "both"],
  [/\.{2,}/gu, "both"],
  [/(?<!\p{N}),|,(?!\p{N})/gu, "both"], // 5,300 stays whole
];

/** An apostrophe that is not between letters stands alone; between them it goes with what the language joins it to. */
const APOSTROPHES: Readonly<Record<string, readonly Cut[]>> = {
  en: [
    [/(?<!\p{Alphabetic})'(?!\p{Alphabetic})|(?<![\p{Alphabetic}\p{N}])'(?=\p{Alphabetic})/gu, "both"],
    [/(?<=\p{Alphabetic})'(?!\p{Alphabetic})/gu, "both"],
    [/(?<=\p{Alphabetic})'(?=\p{Alphabetic})|(?<=\p{N})'(?=s)/gu, "before"], // dog's, don't, 1990's
  ],
  fr: [
    [/(?<!\p{Alphabetic})'|'(?!\p{Alphabetic})/gu, "both"],
    [/(?<=\p{Alphabetic})'(?=\p{Alphabetic})/gu, "after"], // l'homme
  ],
};
const APOSTROPHE_ALONE: readonly Cut[] = [[/'/gu, "both"]];

/**
 * Cuts a sentence into words and marks as Moses does for translation: marks stand alone, hyphens stay inside words,
 * numbers whole, runs of dots together; English sets the apostrophe with what follows (do|n't comes out as don|'t),
 * French with what precedes (l'|homme), other languages alone. A full stop leaves its word at the end of the sentence,
 * and elsewhere unless the word is an abbreviation, has dots inside, or a small letter follows.
 *
 * Published scores of translation are counted on such tokens. Escapes for XML, which Moses writes besides, are left out.
 *
 * @see Koehn et al. 2007, Moses: open source toolkit for statistical machine translation; its `tokenizer.perl` 1.1.
 */
export function sentenceTokens(text: string, language: string): Span[] {
  const cuts = new Set<number>();
  const apostrophes = (language === "it" ? APOSTROPHES["fr"] : APOSTROPHES[language]) ?? APOSTROPHE_ALONE;
  for (const [pattern, sides] of [...CUTS, ...apostrophes]) {
    for (const { 0: match, index } of text.matchAll(pattern)) {
      if (sides !== "after") cuts.add(index);
      if (sides !== "before") cuts.add(index + match.length);
    }
  }
  const spans: Span[] = [];
  for (const { 0: chunk, index } of text.matchAll(/[^\s\p{Cc}]+/gu)) {
    let start = index;
    for (let at = index + 1; at <= index + chunk.length; at++) {
      if (at < index + chunk.length && !cuts.has(at)) continue;
      spans.push({ start, end: at });
      start = at;
    }
  }
  return fullStopsApart(text, spans, language);
}

function fullStopsApart(text: string, spans: readonly Span[], language: string): Span[] {
  const { always, beforeNumber } = abbreviationsOf(language);
  const keeps = (word: string, next: string): boolean =>
    (word.includes(".") && /\p{Alphabetic}/u.test(word)) ||
    always.has(word) ||
    /^\p{Lowercase}/u.test(next) ||
    (beforeNumber.has(word) && /^\d/u.test(next));
  return spans.flatMap(({ start, end }, index) => {
    const token = text.slice(start, end);
    if (token.length < 2 || !token.endsWith(".") || /^\.+$/u.test(token)) return [{ start, end }];
    const next = spans[index + 1];
    const word = token.slice(0, -1);
    if (next !== undefined && keeps(word, text.slice(next.start, next.end))) return [{ start, end }];
    return [
      { start, end: end - 1 },
      { start: end - 1, end },
    ];
  });
}
