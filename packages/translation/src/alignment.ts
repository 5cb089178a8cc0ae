import type { Piece, Segmenter } from "@timestep/data";

/** A target word looks at a source word: their places, counted from 0, and how much of its attention it gives. */
export type AlignmentLink = readonly [source: number, target: number, weight: number];

/** Attention between words. */
export interface WordAlignment {
  readonly source: readonly string[];
  readonly target: readonly string[];
  /** By target word, then source word. */
  readonly weights: readonly (readonly number[])[];
}

/** The words of a text and which of them each of its units belongs to. */
export interface WordsOfUnits {
  readonly words: readonly string[];
  /** By unit; -1 where a unit belongs to none. */
  readonly wordOf: readonly number[];
}

/** The words of a source; for characters each character that is no blank. */
export function sourceWords(
  prepared: string,
  pieces: readonly Piece[],
  kind: Segmenter["kind"],
): WordsOfUnits {
  if (kind === "characters") return characters(pieces.map(({ start, end }) => prepared.slice(start, end)));
  const words = prepared.split(/\s+/u).filter((word) => word !== "");
  return { words, wordOf: pieces.map(({ word }) => word) };
}

/** The words of a translation, by what its first 1, 2, … units read as; for characters each that is no blank. */
export function targetWords(
  ids: readonly number[],
  segmenter: Segmenter,
  unknown: (place: number) => string,
): WordsOfUnits {
  const text = (count: number): string => segmenter.decode(ids.slice(0, count), unknown);
  if (segmenter.kind === "characters") {
    return characters(ids.map((_, place) => text(place + 1).slice(text(place).length)));
  }
  const words = text(ids.length)
    .split(" ")
    .filter((word) => word !== "");
  const wordOf = ids.map((_, place) => Math.min(words.length, text(place + 1).split(" ").length) - 1);
  return { words, wordOf };
}

/**
 * Attention between units as attention between words: what the units of a target word give to all units of a source
 * word, the mean over the target word's units.
 *
 * @param attention By target unit a row of weights, by source unit.
 */
export function alignWords(
  attention: readonly ArrayLike<number>[],
  source: WordsOfUnits,
  target: WordsOfUnits,
): WordAlignment {
  const weights = target.words.map(() => source.words.map(() => 0));
  const units = target.words.map(() => 0);
  target.wordOf.forEach((word, place) => {
    const row = weights[word];
    const given = attention[place];
    if (row === undefined || given === undefined) return;
    units[word] = (units[word] as number) + 1;
    source.wordOf.forEach((from, unit) => {
      if (from >= 0) row[from] = (row[from] as number) + (given[unit] ?? 0);
    });
  });
  return {
    source: source.words,
    target: target.words,
    weights: weights.map((row, word) => row.map((weight) => weight / Math.max(1, units[word] as number))),
  };
}

/** For each target word the source word that it gives most to; none where it gives nothing. */
export function strongestLinks({ weights }: WordAlignment): AlignmentLink[] {
  return weights.flatMap((row, target) => {
    const most = Math.max(...row);
    return most > 0 ? [[row.indexOf(most), target, most] as const] : [];
  });
}

/** Links as `i-j` pairs, sorted, as the tools around Moses write them (the format of Pharaoh). */
export function pharaoh(links: readonly AlignmentLink[]): string {
  return [...links]
    .sort(([a, b], [c, d]) => a - c || b - d)
    .map(([source, target]) => `${source}-${target}`)
    .join(" ");
}

function characters(texts: readonly string[]): WordsOfUnits {
  const words: string[] = [];
  const wordOf = texts.map((text) => {
    const word = text.trim(); // a blank shows only once something follows it
    return word === "" ? -1 : words.push(word) - 1;
  });
  return { words, wordOf };
}
