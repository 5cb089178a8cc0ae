import { ConfigError, DataError } from "@timestep/base";
import { baseName, isBeside, noSplit, splitTwice } from "../corpus/choose-splits.js";
import { type Split, splitOfPath } from "../corpus/corpus.js";
import { shown } from "../corpus/labelled.js";
import { emptyError } from "../corpus/raw.js";
import { readTextFile, unpackedChunks } from "../io/read-text.js";
import { type DataFile, type DataSource } from "../io/source.js";
import { dividePairs, type DivisionShares } from "./divide-pairs.js";
import { type ParallelCorpus, type ParallelFormat, type SentencePair } from "./parallel-corpus.js";
import { chooseLanguages, languageOf, pairFiles, readLinePair } from "./parallel-lines.js";
import { type ColumnOptions, readParallelJsonl, readParallelTsv } from "./parallel-tables.js";
import { checkedPairs, type PairLimits, requireLimit } from "./raw-pairs.js";

export interface ParallelOptions extends ColumnOptions, PairLimits {
  /** Reads the source in this format instead of the one its files suggest. */
  readonly format?: ParallelFormat | undefined;
  /** The split that data holds when no name says. Default "train". */
  readonly split?: Split | undefined;
  /** Divides data without splits, see {@link dividePairs}; pairs unfit for training go first. Default: all of it is `split`. */
  readonly divide?: DivisionShares | undefined;
}

/**
 * Reads sentences and their translations. The format follows from what the source holds: files that differ in their
 * last ending only (`train.en` and `train.de`, also gzipped), `.jsonl` or `.tsv` files, else what the first file's
 * content looks like. Splits follow from names. Several test sets may lie side by side: each is a split under its own
 * name, and the first by name is `test`.
 *
 * @throws {DataError} DATA_EMPTY, DATA_NO_SPLIT, DATA_SPLIT_TWICE, PARALLEL_FORMAT, PARALLEL_LINES, PARALLEL_FIELDS,
 *   and what {@link readTextFile} and {@link dividePairs} throw.
 * @throws {ConfigError} PARALLEL_LANGUAGES, PARALLEL_COLUMNS, PARALLEL_LIMIT; DATA_FORMAT when `format` is no format.
 *
 * @example
 * ```ts
 * const source = memorySource("toy", { "train.en": "a dog\n", "train.de": "ein Hund\n" });
 * const corpus = await readParallelCorpus(source, { from: "en", to: "de" });
 * requirePairs(corpus, "train")[0]?.target; // "ein Hund"
 * ```
 */
export async function readParallelCorpus(
  source: DataSource,
  options: ParallelOptions = {},
): Promise<ParallelCorpus> {
  const maxCharacters = requireLimit(options);
  const files = source.files
    .filter((file) => !isBeside(file.name))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  if (files.length === 0) throw emptyError(`"${source.name}"`);
  const format = options.format ?? (await detectFormat(source, files));
  const checksums: Record<string, string> = {};
  const warnings: string[] = [];
  const { sets, languages } =
    format === "lines"
      ? await readLines(source, files, options, { checksums, warnings })
      : await readTables(files, format, options, { checksums, warnings });
  const splits: Partial<Record<string, SentencePair[]>> = {};
  for (const { name, keys, pairs } of namedSets(source, sets, options, warnings)) {
    const checked = checkedPairs(pairs, name, { train: keys.includes("train"), maxCharacters }, warnings);
    for (const key of keys) splits[key] = checked;
  }
  return { name: source.name, format, languages, splits: inOrder(splits), checksums, warnings };
}

/** Pairs that were read from one place. */
interface PairSet {
  /** What warnings call it. */
  readonly name: string;
  /** Path without language and endings. */
  readonly stem: string;
  readonly pairs: readonly SentencePair[];
}

interface Notes {
  readonly checksums: Record<string, string>;
  readonly warnings: string[];
}

interface ReadSets {
  readonly sets: PairSet[];
  readonly languages: ParallelCorpus["languages"];
}

async function readLines(
  source: DataSource,
  files: readonly DataFile[],
  options: ParallelOptions,
  { checksums, warnings }: Notes,
): Promise<ReadSets> {
  const there = files.flatMap(({ name }) => languageOf(name)?.language ?? []);
  const languages = chooseLanguages(source, there, options);
  const sets: PairSet[] = [];
  for (const pair of pairFiles(files, languages, warnings)) {
    const pairs = await readLinePair(pair, checksums);
    sets.push({ name: `${pair.from.name} and ${baseName(pair.to.name)}`, stem: pair.stem, pairs });
  }
  if (sets.length === 0) throw noSplit(source, files);
  return { sets, languages };
}

async function readTables(
  files: readonly DataFile[],
  format: ParallelFormat,
  options: ParallelOptions,
  { checksums, warnings }: Notes,
): Promise<ReadSets> {
  const read = format === "tsv" ? readParallelTsv : format === "jsonl" ? readParallelJsonl : undefined;
  if (read === undefined) {
    throw new ConfigError("DATA_FORMAT", `no such data format: "${format as string}".`, {
      hint: "Formats of parallel text are lines, tsv and jsonl.",
    });
  }
  const sets: PairSet[] = [];
  let languages: ReadSets["languages"] | undefined;
  for (const file of ofKind(files, format, options, warnings)) {
    const { text, sha256 } = await readTextFile(file);
    checksums[file.name] = sha256;
    // All files are read in the first one's direction.
    const direction = { ...options, ...(format === "jsonl" ? languages : {}) };
    const found = read(text, file.name, direction);
    languages ??= found.languages;
    sets.push({ name: file.name, stem: file.name.replace(SUFFIX, ""), pairs: found.pairs });
  }
  return { sets, languages: languages ?? { from: "source", to: "target" } };
}

const SUFFIX = /(?:\.(?:tsv|tab|jsonl|ndjson|txt))?(?:\.gz)?$/i;

function kindOf({ name }: DataFile): ParallelFormat | undefined {
  if (/\.(tsv|tab)(\.gz)?$/i.test(name)) return "tsv";
  return /\.(jsonl|ndjson)(\.gz)?$/i.test(name) ? "jsonl" : undefined;
}

/** The files of the kind that decided the format; the others are named. */
function ofKind(
  files: readonly DataFile[],
  format: ParallelFormat,
  options: ParallelOptions,
  warnings: string[],
): DataFile[] {
  if (options.format !== undefined) return [...files];
  const kind = files.some((file) => kindOf(file) === format) ? format : undefined;
  for (const file of files) {
    if (kindOf(file) === kind) continue;
    warnings.push(`${file.name} was left out: the other files are read as ${format}.`);
  }
  return files.filter((file) => kindOf(file) === kind);
}

async function detectFormat(source: DataSource, files: readonly DataFile[]): Promise<ParallelFormat> {
  const stems = new Map<string, Set<string>>();
  for (const { name } of files) {
    const named = languageOf(name);
    if (named !== undefined) {
      stems.set(named.stem, (stems.get(named.stem) ?? new Set<string>()).add(named.language));
    }
  }
  if ([...stems.values()].some((languages) => languages.size > 1)) return "lines";
  for (const kind of ["jsonl", "tsv"] as const) if (files.some((file) => kindOf(file) === kind)) return kind;
  const [plain] = files as readonly [DataFile];
  const start = (await head(plain)).trimStart();
  if (start.startsWith("{")) return "jsonl";
  if (/^[^\n]*\t/.test(start)) return "tsv";
  throw new DataError(
    "PARALLEL_FORMAT",
    `"${source.name}": ${baseName(plain.name)} starts with ${shown(start)}, and no file is its translation.`,
    {
      hint: "Give two files that differ in their last ending (train.en and train.de), a table with a tab between the sentences (.tsv), or .jsonl.",
    },
  );
}

/** The first characters of a file; what is not UTF-8 is left for the reader to find. */
async function head(file: DataFile): Promise<string> {
  for await (const chunk of unpackedChunks(file)) return new TextDecoder().decode(chunk.subarray(0, 4096));
  return "";
}

interface NamedSet {
  readonly name: string;
  readonly keys: readonly string[];
  readonly pairs: readonly SentencePair[];
}

/** The splits that each set is. */
function namedSets(
  source: DataSource,
  sets: readonly PairSet[],
  options: ParallelOptions,
  warnings: string[],
): NamedSet[] {
  const { split: fallback, divide } = options;
  const [lone] = sets;
  if (lone !== undefined && sets.length === 1 && splitOfPath(lone.stem) === undefined) {
    const { name, pairs } = lone;
    if (fallback !== undefined || divide === undefined) return [{ name, keys: [fallback ?? "train"], pairs }];
    // Empty texts would tie pairs together that have nothing in common, so what is not fit to train on goes first.
    const fit = checkedPairs(pairs, name, { train: true, maxCharacters: requireLimit(options) }, warnings);
    const { train, dev, test } = dividePairs(fit, divide);
    const parts = { train, dev, test };
    return Object.entries(parts)
      .filter(([, part]) => part.length > 0)
      .map(([key, part]) => ({ name: `${name}, ${key}`, keys: [key], pairs: part }));
  }
  const named: NamedSet[] = [];
  const taken = new Map<string, string>();
  const tests = sets.filter(({ stem }) => splitOfPath(stem) === "test").map(({ stem }) => baseName(stem));
  const official = tests.includes("test") ? "test" : tests.sort()[0];
  for (const { name, stem, pairs } of sets) {
    const split = splitOfPath(stem);
    if (split === undefined) {
      warnings.push(`${name} was left out: its name does not tell which split it is (train, dev or test).`);
      continue;
    }
    const own = baseName(stem);
    const keys = split !== "test" ? [split] : own === official ? [...new Set(["test", own])] : [own];
    for (const key of keys) {
      const other = taken.get(key);
      if (other !== undefined) throw splitTwice(source, split, other, name);
      taken.set(key, name);
    }
    named.push({ name, keys, pairs });
  }
  if (named.length === 0) throw noSplit(source, source.files);
  return named;
}

/** train, dev, test, then test sets by name. */
function inOrder(splits: ParallelCorpus["splits"]): ParallelCorpus["splits"] {
  const names = ["train", "dev", "test"];
  const others = Object.keys(splits)
    .filter((name) => !names.includes(name))
    .sort();
  return Object.fromEntries(
    [...names, ...others].flatMap((name) => (splits[name] === undefined ? [] : [[name, splits[name]]])),
  );
}
