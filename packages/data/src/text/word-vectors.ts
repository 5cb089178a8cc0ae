import { ConfigError, DataError } from "@timestep/base";
import { unpackedChunks } from "../io/read-text.js";
import { type DataFile } from "../io/source.js";

export interface WordVectors {
  readonly words: string[];
  readonly dimension: number;
  /** [words, dimension], row by row. */
  readonly values: Float32Array;
}

export interface WordVectorOptions {
  /** Keeps only words for which this is true; the others cost next to nothing. Default: all. */
  readonly keep?: (word: string) => boolean;
  /** The dimension that the file must have. Default: that of its first line. */
  readonly dimension?: number;
}

const NEWLINE = 0x0a;
const BLANK = 0x20;

/**
 * Reads word vectors from text, `word v1 … vn` a line (GloVe, fastText, word2vec's text form), plain or gzip. A first
 * line of two whole numbers (count and dimension) is skipped. Of a word that repeats the first vector is kept.
 * Lines are taken from the unpacked stream one by one, so memory holds the kept vectors and no second copy of the file.
 *
 * @throws {DataError} VECTORS_DIMENSION, VECTORS_NUMBER, VECTORS_ENCODING with file and line; DATA_EMPTY when the file
 *   has no vectors; DATA_GZIP.
 * @throws {ConfigError} VECTORS_OPTION when `dimension` is no whole number of at least 1.
 */
export async function readWordVectors(file: DataFile, options: WordVectorOptions = {}): Promise<WordVectors> {
  const wanted = options.dimension;
  if (wanted !== undefined && !(Number.isInteger(wanted) && wanted >= 1)) {
    throw new ConfigError("VECTORS_OPTION", `dimension must be a whole number of at least 1, got ${wanted}.`);
  }
  const table = new VectorTable(file.name, options.keep, wanted);
  let rest = new Uint8Array(0);
  for await (const chunk of unpackedChunks(file)) {
    let from = 0;
    let newline = chunk.indexOf(NEWLINE);
    if (newline >= 0 && rest.length > 0) {
      table.add(joined(rest, chunk.subarray(0, newline)));
      rest = new Uint8Array(0);
      from = newline + 1;
      newline = chunk.indexOf(NEWLINE, from);
    }
    while (newline >= 0) {
      table.add(chunk.subarray(from, newline));
      from = newline + 1;
      newline = chunk.indexOf(NEWLINE, from);
    }
    rest = joined(rest, chunk.subarray(from));
  }
  if (rest.length > 0) table.add(rest);
  return table.finish();
}

class VectorTable {
  private readonly words: string[] = [];
  private readonly seen = new Set<string>();
  private readonly decoder = new TextDecoder("utf-8", { fatal: true });
  private values = new Float32Array(0);
  private line = 0;

  constructor(
    private readonly file: string,
    private readonly keep: ((word: string) => boolean) | undefined,
    private dimension: number | undefined,
  ) {}

  add(raw: Uint8Array): void {
    this.line++;
    const bytes = trimmed(raw, this.line === 1);
    if (bytes.length === 0) return;
    const gap = bytes.indexOf(BLANK);
    const word = this.decode(gap < 0 ? bytes : bytes.subarray(0, gap));
    const numbers = gap < 0 ? new Uint8Array(0) : bytes.subarray(gap + 1);
    if (this.line === 1 && /^\d+$/.test(word) && countFields(numbers) === 1 && isDigits(numbers)) return;
    this.dimension ??= countFields(numbers);
    if (this.dimension === 0) throw this.dimensionError(word, 0, 1);
    if (this.seen.has(word) || this.keep?.(word) === false) return;
    this.parse(numbers, word, this.dimension);
    this.seen.add(word);
    this.words.push(word);
  }

  finish(): WordVectors {
    if (this.dimension === undefined) {
      throw new DataError("DATA_EMPTY", `${this.file} holds no word vectors.`, {
        hint: "Each line is a word and its numbers, set apart by blanks.",
      });
    }
    return {
      words: this.words,
      dimension: this.dimension,
      values: this.values.slice(0, this.words.length * this.dimension),
    };
  }

  private parse(numbers: Uint8Array, word: string, dimension: number): void {
    const offset = this.words.length * dimension;
    if (this.values.length < offset + dimension) {
      const grown = new Float32Array(Math.max(1024 * dimension, this.values.length * 2));
      grown.set(this.values);
      this.values = grown;
    }
    let column = 0;
    let at = 0;
    while (at < numbers.length) {
      let end = numbers.indexOf(BLANK, at);
      if (end < 0) end = numbers.length;
      if (end > at) {
        if (column < dimension) this.values[offset + column] = this.number(numbers, at, end, word);
        column++;
      }
      at = end + 1;
    }
    if (column !== dimension) throw this.dimensionError(word, column, dimension);
  }

  /**
   * A decimal number from its bytes. Plain decimals of up to 15 digits are a whole number over a power of ten, both
   * exact in a double, so one division rounds correctly; everything else goes the slow way through a string.
   */
  private number(bytes: Uint8Array, start: number, end: number, word: string): number {
    let at = start;
    const negative = bytes[at] === 0x2d;
    if (negative) at++;
    let whole = 0;
    let digits = 0;
    let decimals = -1;
    for (; at < end; at++) {
      const byte = bytes[at] as number;
      if (byte >= 0x30 && byte <= 0x39) {
        whole = whole * 10 + byte - 0x30;
        digits++;
        if (decimals >= 0) decimals++;
      } else if (byte === 0x2e && decimals < 0) decimals = 0;
      else break;
    }
    if (at === end && digits > 0 && digits <= 15) {
      const value = decimals > 0 ? whole / (POWERS_OF_TEN[decimals] as number) : whole;
      return negative ? -value : value;
    }
    const text = this.decode(bytes.subarray(start, end));
    const value = Number(text);
    if (!Number.isFinite(value) || !/^[-+.\deE]+$/.test(text)) {
      throw new DataError(
        "VECTORS_NUMBER",
        `${this.file}, line ${this.line}: "${text}" in the vector of "${word}" is no finite number.`,
        {
          hint: "Each line is a word and its numbers, set apart by blanks.",
        },
      );
    }
    return value;
  }

  private decode(bytes: Uint8Array): string {
    try {
      return this.decoder.decode(bytes);
    } catch (cause) {
      throw new DataError("VECTORS_ENCODING", `${this.file}, line ${this.line}: not valid UTF-8.`, {
        hint: "Use the text form of the vectors, saved as UTF-8; word2vec's binary form is not read.",
        cause,
      });
    }
  }

  private dimensionError(word: string, count: number, expected: number): DataError {
    return new DataError(
      "VECTORS_DIMENSION",
      `${this.file}, line ${this.line}: the vector of "${word}" has ${count} numbers, expected ${expected}.`,
      {
        hint: "Each line is a word without blanks and its numbers; the file may be cut short, or not be word vectors.",
      },
    );
  }
}

const POWERS_OF_TEN: readonly number[] = Array.from({ length: 16 }, (_, power) => 10 ** power);

function isDigits(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte >= 0x30 && byte <= 0x39);
}

function countFields(bytes: Uint8Array): number {
  let count = 0;
  for (let i = 0; i < bytes.length; i++)
    if (bytes[i] !== BLANK && (i === 0 || bytes[i - 1] === BLANK)) count++;
  return count;
}

/** Without a byte order mark at the start of the file, and without blanks and CR at the end of the line. */
function trimmed(bytes: Uint8Array, first: boolean): Uint8Array {
  const start = first && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  let end = bytes.length;
  while (end > start && (bytes[end - 1] === BLANK || bytes[end - 1] === 0x0d)) end--;
  return bytes.subarray(start, end);
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
