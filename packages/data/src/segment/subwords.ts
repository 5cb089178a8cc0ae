import { ConfigError } from "@timestep/base";
import { UNK } from "../text/vocabulary.js";
import { type LearntMerges, learnMerges, type MergeOptions } from "./learn-merges.js";
import { MergeTable, NO_SYMBOL } from "./merge-table.js";
import { type EncodeOptions, FIRST_UNIT, type Piece, type Segmenter, wordsOf } from "./segmenter.js";
import { checkSubwordsJson, type SubwordsJson } from "./subwords-json.js";
import { UnitTable } from "./unit-table.js";

/** Words are kept with their pieces up to this many; a text of many different words starts the store anew. */
const CACHED_WORDS = 100_000;

/**
 * Byte-pair encoding: words cut into pieces that training text made frequent, so that a small vocabulary can write
 * every word of a known alphabet.
 *
 * A piece that starts a word begins with a blank, which no word can hold; special symbols are ids without any spelling.
 * So nothing in a text is mistaken for a mark, and `decode(encode(text))` is the text, its blanks made single, wherever
 * the alphabet has all its characters. A character outside it becomes one unknown piece, whose `start` and `end` tell
 * which: a translation can copy it from there.
 *
 * @see Sennrich, Haddow & Birch 2016, arXiv:1508.07909; dropout: Provilkov, Emelianenko & Voita 2020, arXiv:1910.13267.
 *
 * @example
 * ```ts
 * const subwords = Subwords.learn(["low lower lowest", "new newer"], { merges: 20 });
 * subwords.decode(subwords.encodeIds("lower newest")); // "lower newest"
 * ```
 */
export class Subwords implements Segmenter {
  readonly kind = "subwords";
  private readonly table: MergeTable;
  private readonly units: UnitTable;
  /** For each symbol its pieces' ids: one where it is a piece, several where it is none and comes apart. */
  private readonly spelling: readonly (readonly number[])[];
  private cache = new Map<string, readonly number[]>();

  private constructor(
    private readonly learnt: LearntMerges,
    /** The symbols that are pieces, by their text; all of them unless some are named. */
    private readonly kept?: readonly string[],
  ) {
    this.table = new MergeTable(learnt);
    this.units = new UnitTable(kept ?? this.table.texts);
    this.spelling = this.spell();
  }

  /**
   * Learns from sentences of one language or of several together.
   *
   * @throws {ConfigError} SUBWORD_OPTION; {@link DataError} SUBWORD_NO_TEXT, as {@link learnMerges}.
   */
  static learn(texts: Iterable<string>, options: MergeOptions): Subwords {
    const counts = new Map<string, number>();
    for (const text of texts) {
      for (const { word } of wordsOf(text)) counts.set(word, (counts.get(word) ?? 0) + 1);
    }
    return new Subwords(learnMerges(counts, options));
  }

  /**
   * The same merges with the pieces of one language: those that occur at least `minCount` times in its texts, and its
   * characters. Rarer pieces come apart into the parts they were merged from. With merges learnt over two languages,
   * this keeps pieces that only the other language has out of a vocabulary, and a rare name is cut as it is trained.
   *
   * @throws {ConfigError} SUBWORD_OPTION when `minCount` is no whole number of at least 1.
   * @see Sennrich et al. 2017, The University of Edinburgh's neural MT systems for WMT17, section 3.2.
   */
  restrictedTo(texts: Iterable<string>, minCount = 1): Subwords {
    if (!Number.isInteger(minCount) || minCount < 1) {
      throw new ConfigError(
        "SUBWORD_OPTION",
        `minCount must be a whole number of at least 1, got ${minCount}.`,
      );
    }
    const whole = this.kept === undefined ? this : new Subwords(this.learnt);
    const counts = new Map<number, number>();
    const characters = new Set<string>();
    for (const text of texts) {
      for (const id of whole.encodeIds(text)) counts.set(id, (counts.get(id) ?? 0) + 1);
      for (const char of text) characters.add(char);
    }
    const pieces = whole.table.texts.filter((text, symbol) =>
      whole.table.parts[symbol] === undefined
        ? symbol === 0 || characters.has(text)
        : (counts.get(FIRST_UNIT + symbol) ?? 0) >= minCount,
    );
    return new Subwords(this.learnt, pieces);
  }

  get size(): number {
    return this.units.size;
  }

  encode(text: string, options: EncodeOptions = {}): Piece[] {
    const pieces: Piece[] = [];
    let index = 0;
    for (const { word, start } of wordsOf(text)) {
      let at = start;
      for (const id of this.wordIds(word, options)) {
        const length = id === UNK ? codePointLength(text, at) : this.letters(id);
        pieces.push({ id, start: at, end: at + length, word: index });
        at += length;
      }
      index++;
    }
    return pieces;
  }

  encodeIds(text: string, options: EncodeOptions = {}): number[] {
    const ids: number[] = [];
    for (const { word } of wordsOf(text)) for (const id of this.wordIds(word, options)) ids.push(id);
    return ids;
  }

  decode(ids: ArrayLike<number>, unknown?: (place: number) => string): string {
    return this.units.read(ids, unknown).join("").replace(/^ /, "");
  }

  show(id: number): string {
    return this.units.show(id);
  }

  toJSON(): SubwordsJson {
    const { alphabet, merges } = this.learnt;
    const pieces = this.kept === undefined ? {} : { pieces: this.kept };
    return { kind: "subwords", formatVersion: 1, alphabet, merges, ...pieces };
  }

  /** @throws {DataError} SUBWORD_FORMAT when the value is not what {@link toJSON} writes. */
  static fromJSON(value: unknown): Subwords {
    const { alphabet, merges, pieces } = checkSubwordsJson(value);
    return new Subwords({ alphabet, merges }, pieces);
  }

  private wordIds(word: string, { dropout = 0, random }: EncodeOptions): readonly number[] {
    if (dropout === 0) {
      const known = this.cache.get(word);
      if (known !== undefined) return known;
    } else checkDropout(dropout, random);
    const ids = this.table
      .apply(word, dropout, random)
      .flatMap((symbol) => (symbol === NO_SYMBOL ? UNK : (this.spelling[symbol] as readonly number[])));
    if (dropout === 0) {
      if (this.cache.size >= CACHED_WORDS) this.cache = new Map();
      this.cache.set(word, ids);
    }
    return ids;
  }

  /** How much text a piece covers: all but the blank of a word's start. */
  private letters(id: number): number {
    const text = this.units.units[id - FIRST_UNIT] as string;
    return text.startsWith(" ") ? text.length - 1 : text.length;
  }

  /** Parts come before what they make, so each symbol's spelling follows from earlier ones. */
  private spell(): number[][] {
    const spelling: number[][] = [];
    for (const [symbol, text] of this.table.texts.entries()) {
      const parts = this.table.parts[symbol];
      if (this.units.has(text)) spelling.push([this.units.id(text)]);
      else if (parts === undefined) spelling.push([UNK]);
      else spelling.push(parts.flatMap((part) => spelling[part] as number[]));
    }
    return spelling;
  }
}

function codePointLength(text: string, at: number): number {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}

function checkDropout(dropout: number, random: EncodeOptions["random"]): void {
  if (!(dropout >= 0 && dropout <= 1)) {
    throw new ConfigError("SUBWORD_DROPOUT", `dropout must be from 0 to 1, got ${dropout}.`);
  }
  if (random === undefined) {
    throw new ConfigError("SUBWORD_DROPOUT", `dropout ${dropout} needs random numbers.`, {
      hint: "Pass { dropout, random: seeded(…) }, forked for each epoch, or leave dropout out.",
    });
  }
}
