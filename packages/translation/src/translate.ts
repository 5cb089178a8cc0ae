import { ConfigError } from "@timestep/base";
import type { Hypothesis } from "@timestep/core";
import { type Piece, UNK } from "@timestep/data";
import {
  alignWords,
  type AlignmentLink,
  sourceWords,
  strongestLinks,
  targetWords,
  type WordAlignment,
} from "./alignment.js";
import { encoderIds, inTextOrder } from "./encode.js";
import type { Reader } from "./forced.js";
import { type Sampling, searchAll, type SearchMember, type SearchOptions } from "./search.js";
import type { TranslationSettings } from "./settings.js";
import type { AlignedTranslation, Candidate } from "./translated.js";
import { sidesToJson } from "./units/index.js";

/** How texts are translated; what is left out is as the settings of the run say. */
export interface TranslateOptions extends Partial<TranslationSettings["search"]> {
  /** Translations given for each text. Default 1. */
  readonly nBest?: number;
  /** Say which words belong together, where the model attends. Default false. */
  readonly align?: boolean;
  /**
   * Let the model say that it does not know a word, and put there the source word that it looks at. Needs attention of
   * every translator that answers.
   * Default false: the unknown unit is never said.
   */
  readonly replaceUnknown?: boolean;
  /** Draw translations instead of searching for the most probable ones. */
  readonly sample?: Sampling;
  /** Other translators with the same units, whose probabilities are averaged with this one's. */
  readonly with?: readonly Reader[];
}

/** A text, or a part of one that is too long to be read at once. */
interface Part {
  readonly text: number;
  readonly prepared: string;
  readonly pieces: readonly Piece[];
}

/**
 * Translates texts, in order; one without words gives an empty translation.
 *
 * @throws {ConfigError} ENSEMBLE_UNITS when translators that are to answer together have different units.
 */
export async function translateTexts(
  reader: Reader,
  texts: readonly string[],
  options: TranslateOptions,
): Promise<AlignedTranslation[]> {
  const { settings } = reader;
  const { align = false, replaceUnknown = false, nBest = 1, sample, with: others = [], ...search } = options;
  for (const other of others) checkSameUnits(reader, other);
  // Attention of several is the mean of theirs, which all must have.
  const looks = [reader, ...others].every((one) => one.settings.model.attention.kind !== "none");
  const full: SearchOptions = {
    ...settings.search,
    ...search,
    nBest,
    sample,
    attention: looks && (align || replaceUnknown),
    unknown: looks && replaceUnknown,
  };
  const parts = texts.flatMap((text, index) => partsOf(reader, text, index));
  const ids = parts.map(({ pieces }) => pieces.map(({ id }) => id));
  const member = ({ model, settings: own }: Reader): SearchMember => ({
    model,
    sources: ids.map((units) => encoderIds(units, own.model.encoder)),
  });
  const found = await searchAll([member(reader), ...others.map(member)], full);
  const byText = texts.map((): AlignedPart[] => []);
  parts.forEach((part, index) =>
    byText[part.text]?.push(readPart(reader, part, found[index] as Hypothesis[])),
  );
  return texts.map((source, index) => joined(source, byText[index] as AlignedPart[]));
}

function checkSameUnits(one: Reader, other: Reader): void {
  const read = ({ sides, settings }: Reader): string =>
    JSON.stringify([sidesToJson(sides), settings.model.encoder.reversed]);
  if (read(one) === read(other)) return;
  throw new ConfigError("ENSEMBLE_UNITS", "translators that answer together have different units.", {
    hint: "Take runs that were trained on the same data with the same settings of text, source and target.",
  });
}

interface AlignedPart {
  readonly candidates: readonly Candidate[];
  readonly words: WordAlignment | undefined;
}

/** The text in parts of readable length, cut between words; none where it has no words. */
function partsOf({ sides: { source }, settings }: Reader, text: string, index: number): Part[] {
  const prepared = source.prepare(text).text;
  const pieces = source.pieces(prepared);
  const parts: Part[] = [];
  let start = 0;
  while (start < pieces.length) {
    let end = Math.min(pieces.length, start + settings.text.maxUnits);
    const wordAt = (place: number): number => (pieces[place] as Piece).word;
    if (end < pieces.length && wordAt(start) !== wordAt(end)) while (wordAt(end - 1) === wordAt(end)) end--;
    const own = pieces.slice(start, end);
    const from = (own[0] as Piece).start;
    const to = (own.at(-1) as Piece).end;
    const first = wordAt(start);
    parts.push({
      text: index,
      prepared: prepared.slice(from, to),
      pieces: own.map((piece) => ({
        ...piece,
        start: piece.start - from,
        end: piece.end - from,
        word: piece.word - first,
      })),
    });
    start = end;
  }
  return parts;
}

function readPart(
  { sides, settings }: Reader,
  { prepared, pieces }: Part,
  found: readonly Hypothesis[],
): AlignedPart {
  const { segmenter } = sides.target;
  const alone = sides.source.segmenter.kind === "characters";
  const read = found.map(({ tokens, score, attention }) => {
    const seen = attention && inTextOrder(attention, pieces.length, settings.model.encoder);
    const unknown = (place: number): string => sourceTextAt(seen?.[place], prepared, pieces, alone);
    return { tokens, score, seen, unknown, text: sides.target.restore(segmenter.decode(tokens, unknown)) };
  });
  const [best] = read;
  return {
    candidates: read.map(({ text, score }) => ({ text, score })),
    words:
      best?.seen === undefined
        ? undefined
        : alignWords(
            best.seen,
            sourceWords(prepared, pieces, sides.source.segmenter.kind),
            targetWords(best.tokens, segmenter, best.unknown),
          ),
  };
}

/**
 * What stands in the source where a unit looks most: an unknown piece alone, else the word around it. With `alone`,
 * always the piece: of characters, whose words may be whole sentences.
 */
function sourceTextAt(
  weights: Float32Array | undefined,
  prepared: string,
  pieces: readonly Piece[],
  alone: boolean,
): string {
  if (weights === undefined || weights.length === 0) return "";
  const piece = pieces[weights.indexOf(Math.max(...weights))] as Piece;
  const around = alone || piece.id === UNK ? [piece] : pieces.filter(({ word }) => word === piece.word);
  return prepared.slice((around[0] as Piece).start, (around.at(-1) as Piece).end);
}

/** The parts of a text as one; of several parts only the best translations are joined. */
function joined(source: string, parts: readonly AlignedPart[]): AlignedTranslation {
  const [first, ...others] = parts;
  const nbest =
    first === undefined
      ? [{ text: "", score: 0 }]
      : others.length === 0
        ? first.candidates
        : [parts.map(({ candidates }) => candidates[0] as Candidate).reduce(follow)];
  const { text: translation, score } = nbest[0] as Candidate;
  const words = others.length === 0 ? first?.words : undefined;
  return { source, translation, score, nbest, alignment: linksOf(parts), words };
}

/** The links of all parts, counted in the words of the whole. */
function linksOf(parts: readonly AlignedPart[]): AlignmentLink[] {
  const before = { source: 0, target: 0 };
  return parts.flatMap(({ words }) => {
    if (words === undefined) return [];
    const links = strongestLinks(words).map(
      ([source, target, weight]) => [before.source + source, before.target + target, weight] as const,
    );
    before.source += words.source.length;
    before.target += words.target.length;
    return links;
  });
}

function follow(before: Candidate, after: Candidate): Candidate {
  return { text: `${before.text} ${after.text}`.trim(), score: before.score + after.score };
}
