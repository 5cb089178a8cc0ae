import { DataError } from "@timestep/base";
import { checkOrder, type NgramEntry, NgramModel } from "./ngram-model.js";

/**
 * Reads an n-gram model in the ARPA format, as SRILM, KenLM, IRSTLM and {@link formatArpa} write it.
 *
 * What stands before `\data\` is a comment. Words are separated by spaces or tabs; a back-off weight may be left out and
 * is 1 then. Positive weights are accepted, positive log probabilities are not.
 *
 * @param text the whole file, or its lines one by one where it is too long for one string; unpacked.
 * @param name what errors call it.
 * @throws {DataError} ARPA_FORMAT with the line: a section that is missing or not in its place, numbers that are none, a
 *   line with too many or too few words,
 *   a count that differs from what is there; LM_NGRAM with the line: an n-gram that does not fit the others.
 * @throws {ConfigError} LM_ORDER when the file's order is above 9.
 * @see https://cmusphinx.github.io/wiki/arpaformat/
 */
export function parseArpa(text: string | Iterable<string>, { name = "ARPA model" } = {}): NgramModel {
  const lines = new Lines(typeof text === "string" ? text.split("\n") : text, name);
  const counts = readCounts(lines);
  const entries: NgramEntry[] = [];
  for (const [index, count] of counts.entries()) readSection(lines, { order: index + 1, count, entries });
  if (lines.next() !== "\\end\\") throw lines.error('expected "\\end\\"', "The file may have been cut off.");
  return new NgramModel(counts.length, entries);
}

/**
 * A model in the ARPA format, ready to be written to a file.
 *
 * @param digits significant digits of each number. Default 8.
 */
export function formatArpa(model: NgramModel, { digits = 8 } = {}): string {
  const sections = Array.from({ length: model.order }, (): string[] => []);
  for (const { words, logProbability, backOff } of model.entries()) {
    const parts = [number(logProbability, digits), words.join(" ")];
    if (backOff !== 0 && words.length < model.order) parts.push(number(backOff, digits));
    sections[words.length - 1]?.push(parts.join("\t"));
  }
  return [
    "\\data\\",
    ...sections.map((lines, index) => `ngram ${index + 1}=${lines.length}`),
    ...sections.flatMap((lines, index) => ["", `\\${index + 1}-grams:`, ...lines]),
    "",
    "\\end\\",
    "",
  ].join("\n");
}

/** The format has no infinity; -99 is what stands for it. */
function number(value: number, digits: number): string {
  return String(Number(Math.max(value, -99).toPrecision(digits)));
}

/** Lines with their numbers; empty ones are passed over. */
class Lines {
  private readonly lines: Iterator<string>;
  private number = 0;

  constructor(
    lines: Iterable<string>,
    private readonly name: string,
  ) {
    this.lines = lines[Symbol.iterator]();
  }

  /** The next line that is not empty, trimmed; undefined at the end. */
  next(): string | undefined {
    for (;;) {
      const { done, value } = this.lines.next();
      this.number++;
      if (done === true) return undefined;
      const line = value.trim();
      if (line !== "") return line;
    }
  }

  /** The number of the line that `next` gave, counted from 1. */
  get at(): number {
    return this.number;
  }

  error(what: string, hint: string): DataError {
    return new DataError("ARPA_FORMAT", `${this.name}, line ${this.number}: ${what}.`, { hint });
  }
}

/** How many n-grams of each order the file promises. Leaves the lines behind the heading of the first section. */
function readCounts(lines: Lines): number[] {
  for (let line = lines.next(); line !== "\\data\\"; line = lines.next()) {
    if (line === undefined) throw lines.error('there is no "\\data\\"', "Is it an ARPA file, and unpacked?");
  }
  const counts: number[] = [];
  for (;;) {
    const line = lines.next();
    if (line === "\\1-grams:" && counts.length > 0) break;
    const found = /^ngram\s+(\d+)\s*=\s*(\d+)$/.exec(line ?? "");
    if (found === null || Number(found[1]) !== counts.length + 1) {
      throw lines.error(
        `expected "ngram ${counts.length + 1}=…", got "${line ?? "the end"}"`,
        "After \\data\\ there is a count for each order, from 1 up, and then \\1-grams:.",
      );
    }
    counts.push(Number(found[2]));
  }
  checkOrder(counts.length);
  return counts;
}

interface Section {
  readonly order: number;
  readonly count: number;
  readonly entries: NgramEntry[];
}

/** Reads as many n-grams as were promised, under the heading of their section (that of the first is read). */
function readSection(lines: Lines, { order, count, entries }: Section): void {
  const heading = `\\${order}-grams:`;
  if (order > 1 && lines.next() !== heading) {
    throw lines.error(`expected "${heading}"`, `Are there as many ${order - 1}-grams as the file says?`);
  }
  for (let n = 0; n < count; n++) {
    const line = lines.next();
    if (line === undefined || line.startsWith("\\")) {
      throw lines.error(
        `${count} ${order}-grams were promised, got ${n}`,
        "The file may have been cut off, or its counts are wrong.",
      );
    }
    entries.push(readEntry(lines, line, order));
  }
}

function readEntry(lines: Lines, line: string, order: number): NgramEntry {
  const fields = line.split(/[ \t]+/);
  if (fields.length !== order + 1 && fields.length !== order + 2) {
    throw lines.error(
      `expected a number, ${order} words and perhaps a number, got "${line}"`,
      "Words hold no spaces; every line of a section has as many words as its heading says.",
    );
  }
  const numbers = [fields[0] as string, fields[order + 1] ?? "0"];
  const [logProbability, backOff] = numbers.map(Number) as [number, number];
  if (!Number.isFinite(logProbability) || logProbability > 1e-6 || !Number.isFinite(backOff)) {
    throw lines.error(
      `"${numbers.join('" and "')}" are not a log probability and a back-off weight`,
      "Both are logarithms to base 10; that of a probability is not positive.",
    );
  }
  return { words: fields.slice(1, order + 1), logProbability, backOff, line: lines.at };
}
