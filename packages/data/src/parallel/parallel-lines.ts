import { ConfigError, DataError } from "@timestep/base";
import { splitOfPath } from "../corpus/corpus.js";
import { readTextFile } from "../io/read-text.js";
import { type DataFile, type DataSource } from "../io/source.js";
import { type SentencePair } from "./parallel-corpus.js";

/** Two files whose lines belong together. */
export interface FilePair {
  /** The names up to the language: `train` of `train.en` and `train.de.gz`. */
  readonly stem: string;
  readonly from: DataFile;
  readonly to: DataFile;
}

/** A name without what tells how it is stored: `train.en` of `train.en.txt.gz`. */
const STORED_AS = /(?:\.txt)?(?:\.gz)?$/i;
const LANGUAGE = /^(.+)\.([a-z]{2,3}(?:[-_][a-z]{2,4})?|source|target)$/i;
/** Endings that no language is called by. */
const NO_LANGUAGE = new Set(["tsv", "csv", "tab", "md", "zip", "bz", "xz", "tar", "log"]);

/** A file's stem and language, where its name ends in one: `train` and `en`, `news.de-en` and `de`. */
export function languageOf(name: string): { readonly stem: string; readonly language: string } | undefined {
  const [, stem, language] = LANGUAGE.exec(name.replace(STORED_AS, "")) ?? [];
  if (stem === undefined || language === undefined || NO_LANGUAGE.has(language.toLowerCase()))
    return undefined;
  return { stem, language };
}

/**
 * The two languages to translate between: those asked for, or, where the files have two and none is asked for, these in
 * alphabetical order (`src` before `tgt`, `source` before `target`).
 *
 * @throws {ConfigError} PARALLEL_LANGUAGES when files lack an asked language, or have more than two and the choice is open.
 */
export function chooseLanguages(
  source: DataSource,
  there: readonly string[],
  { from, to }: { readonly from?: string | undefined; readonly to?: string | undefined },
): { from: string; to: string } {
  const languages = [...new Set(there)].sort();
  const missing = [from, to].find((language) => language !== undefined && !languages.includes(language));
  const others = languages.filter((language) => language !== from && language !== to);
  const chosenFrom = from ?? others.shift();
  const chosenTo = to ?? others.shift();
  const open = (from === undefined || to === undefined) && others.length > 0;
  if (
    missing === undefined &&
    chosenFrom !== undefined &&
    chosenTo !== undefined &&
    chosenFrom !== chosenTo &&
    !open
  ) {
    return { from: chosenFrom, to: chosenTo };
  }
  const asked = `from ${from ?? "any"} to ${to ?? "any"}`;
  throw new ConfigError(
    "PARALLEL_LANGUAGES",
    `"${source.name}" has ${languages.join(", ")}; asked was ${asked}, which does not choose two of them.`,
    { hint: "Name both languages as the files do, for example from en to de." },
  );
}

/**
 * Files with the same stem in both languages. A file without its other half is named in a warning, and so is one whose
 * stem tells no split, unless it is the only pair.
 */
export function pairFiles(
  files: readonly DataFile[],
  { from, to }: { readonly from: string; readonly to: string },
  warnings: string[],
): FilePair[] {
  const stems = new Map<string, Map<string, DataFile>>();
  for (const file of files) {
    const named = languageOf(file.name);
    if (named === undefined || (named.language !== from && named.language !== to)) continue;
    const languages = stems.get(named.stem) ?? new Map<string, DataFile>();
    stems.set(named.stem, languages.set(named.language, file));
  }
  const pairs: FilePair[] = [];
  for (const [stem, languages] of stems) {
    const [left, right] = [languages.get(from), languages.get(to)];
    if (left !== undefined && right !== undefined) pairs.push({ stem, from: left, to: right });
    else {
      const lone = (left ?? right)?.name ?? stem;
      warnings.push(`${lone} was left out: there is no ${stem}.${left === undefined ? from : to} beside it.`);
    }
  }
  if (pairs.length < 2) return pairs;
  return pairs.filter(({ stem, from: file }) => {
    if (splitOfPath(stem) !== undefined) return true;
    warnings.push(
      `${file.name} was left out: its name does not tell which split it is (train, dev or test).`,
    );
    return false;
  });
}

/**
 * Reads two files line by line.
 *
 * @throws {DataError} PARALLEL_LINES when one has more lines than the other, and what {@link readTextFile} throws.
 */
export async function readLinePair(
  { from, to }: Pick<FilePair, "from" | "to">,
  checksums: Record<string, string>,
): Promise<SentencePair[]> {
  const [left, right] = [await readTextFile(from), await readTextFile(to)];
  checksums[from.name] = left.sha256;
  checksums[to.name] = right.sha256;
  const [sources, targets] = [linesOf(left.text), linesOf(right.text)];
  if (sources.length !== targets.length) {
    throw new DataError(
      "PARALLEL_LINES",
      `${from.name} has ${sources.length} lines and ${to.name} has ${targets.length}; each line needs its translation.`,
      {
        hint: `The files belong to different versions, or one was cut: compare their ends with tail, from line ${Math.min(sources.length, targets.length)}.`,
      },
    );
  }
  return sources.map((source, index) => ({
    source,
    target: targets[index] as string,
    where: {
      source: { file: from.name, line: index + 1 },
      target: { file: to.name, line: index + 1 },
    },
  }));
}

/** Lines of a file; a line end at its end begins no further line. */
export function linesOf(text: string): string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}
