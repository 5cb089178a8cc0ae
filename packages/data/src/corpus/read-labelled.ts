import { ConfigError, DataError } from "@timestep/base";
import { readTextFile, unpackedChunks } from "../io/read-text.js";
import { type DataFile, type DataSource } from "../io/source.js";
import { baseName, chooseSplits, inOrder, isBeside } from "./choose-splits.js";
import { type Split } from "./corpus.js";
import {
  checkedTexts,
  count,
  type LabelledCorpus,
  type LabelledFormat,
  type LabelledText,
  shown,
} from "./labelled.js";
import { FIVE_LABELS, textsOfTrees, type TreeLabels, TWO_LABELS } from "./labelled-trees.js";
import { emptyError } from "./raw.js";
import { IMDB_LABELS, IMDB_LINE, readImdb } from "./read-imdb.js";
import { hasLabelFolders, readLabelFolders } from "./read-label-folders.js";
import { readLabelledJsonl } from "./read-labelled-jsonl.js";
import { readCsv, readTsv, type TableOptions } from "./read-table.js";
import { readTrees } from "./read-trees.js";

export interface LabelledOptions extends TableOptions {
  /** Reads the source in this format instead of the one its files suggest. */
  readonly format?: LabelledFormat | undefined;
  /** The split that a lone file holds when its name does not say. Default "train". */
  readonly split?: Split | undefined;
  /** The labels that may occur; another one is an error. Default: any. */
  readonly labels?: readonly string[] | undefined;
  /** How labels of trees are read. Default "read": as they are. */
  readonly treeLabels?: TreeLabels | undefined;
  /** Takes every labelled phrase of the training split's trees, not their roots alone. Default false. */
  readonly phrases?: boolean | undefined;
}

/**
 * Reads labelled texts. The format follows from what the source holds: folders `pos` and `neg`, `.jsonl`, `.csv` or
 * `.tsv` files, else what the first file's content looks like (bracketed trees, JSON, the table of the Large Movie
 * Review Dataset, tabs). Splits follow from names; files of another format, or whose names tell no split, are left out
 * with a warning.
 *
 * @throws {DataError} DATA_EMPTY, DATA_NO_SPLIT, DATA_SPLIT_TWICE, LABELLED_FORMAT, LABELLED_LABEL, LABELLED_NO_LABEL,
 *   and what the readers of the formats and {@link readTextFile} throw.
 * @throws {ConfigError} DATA_FORMAT when `format` is no format.
 *
 * @example
 * ```ts
 * const corpus = await readLabelledCorpus(memorySource("toy", { "train.tsv": "label\ttext\ngood\tso much fun\n" }));
 * requireSplit(corpus, "train")[0]?.label; // "good"
 * ```
 */
export async function readLabelledCorpus(
  source: DataSource,
  options: LabelledOptions = {},
): Promise<LabelledCorpus> {
  const files = source.files.filter((file) => !isBeside(file.name));
  const [first] = files;
  if (first === undefined) throw emptyError(`"${source.name}"`);
  const format = options.format ?? (await detectFormat(source, files));
  const corpus: LabelledCorpus = {
    name: source.name,
    format,
    splits: {},
    labels: [],
    checksums: {},
    warnings: [],
  };
  for (const [split, { name, texts }] of await readSplits(source, files, format, options, corpus)) {
    corpus.splits[split] = checkedTexts(texts, name, options.labels, corpus.warnings);
  }
  const splits = inOrder(corpus.splits);
  warnOfUnseen(splits, corpus.warnings);
  return { ...corpus, splits, labels: options.labels ?? labelsOf(splits, format, options.treeLabels) };
}

interface NamedTexts {
  /** What warnings call the place the texts came from. */
  readonly name: string;
  readonly texts: readonly LabelledText[];
}

async function readSplits(
  source: DataSource,
  files: readonly DataFile[],
  format: LabelledFormat,
  options: LabelledOptions,
  corpus: LabelledCorpus,
): Promise<Map<Split, NamedTexts>> {
  const splits = new Map<Split, NamedTexts>();
  if (format === "folders") {
    for (const [split, texts] of await readLabelFolders(source, files, options.split, corpus)) {
      splits.set(split, { name: `"${source.name}", ${split}`, texts });
    }
    return splits;
  }
  const read = readerOf(format, options, corpus.warnings);
  const candidates = options.format === undefined ? sameKind(files, format, corpus.warnings) : files;
  for (const [split, file] of chooseSplits(source, candidates, options.split, corpus.warnings)) {
    const { text, sha256 } = await readTextFile(file);
    corpus.checksums[file.name] = sha256;
    splits.set(split, { name: file.name, texts: read(text, file.name, split) });
  }
  return splits;
}

type Reader = (text: string, file: string, split: Split) => LabelledText[];

function readerOf(
  format: Exclude<LabelledFormat, "folders">,
  options: LabelledOptions,
  warnings: string[],
): Reader {
  switch (format) {
    case "tsv":
      return (text, file) => readTsv(text, file, options);
    case "csv":
      return (text, file) => readCsv(text, file, options);
    case "jsonl":
      return (text, file) => readLabelledJsonl(text, file, options);
    case "imdb":
      return readImdb;
    case "trees":
      return (text, file, split) => {
        const phrases = options.phrases === true && split === "train";
        const { texts, dropped } = textsOfTrees(readTrees(text, file), options.treeLabels ?? "read", phrases);
        if (dropped > 0) {
          const one = phrases ? "neutral phrase" : "neutral text";
          warnings.push(
            `${file}: ${count(dropped, `${one} was`, `${one}s were`)} left out, as two classes ask.`,
          );
        }
        return texts;
      };
    default:
      throw new ConfigError("DATA_FORMAT", `no such data format: "${format as string}".`, {
        hint: "Formats of labelled texts are tsv, csv, jsonl, folders, imdb and trees.",
      });
  }
}

const SUFFIXES: readonly (readonly [pattern: RegExp, kind: LabelledFormat])[] = [
  [/\.(jsonl|ndjson)(\.gz)?$/i, "jsonl"],
  [/\.csv(\.gz)?$/i, "csv"],
  [/\.(tsv|tab)(\.gz)?$/i, "tsv"],
  [/\.(ptb|trees?|mrg)(\.gz)?$/i, "trees"],
];

function kindOf(file: DataFile): LabelledFormat | undefined {
  return SUFFIXES.find(([pattern]) => pattern.test(file.name))?.[1];
}

/** The files of the kind that decided the format; the others are named. */
function sameKind(files: readonly DataFile[], format: LabelledFormat, warnings: string[]): DataFile[] {
  const wanted = format === "imdb" ? "tsv" : format;
  const kinds = files.map(kindOf);
  const kind = kinds.includes(wanted) ? wanted : undefined;
  const others = files.filter((_file, index) => kinds[index] !== kind);
  for (const { name } of others)
    warnings.push(`${name} was left out: the other files are read as ${format}.`);
  return files.filter((_file, index) => kinds[index] === kind);
}

async function detectFormat(source: DataSource, files: readonly DataFile[]): Promise<LabelledFormat> {
  if (hasLabelFolders(files)) return "folders";
  const kinds = new Set(files.map(kindOf));
  for (const [, kind] of SUFFIXES) {
    if (!kinds.has(kind)) continue;
    const table = kind === "tsv" ? files.find((file) => kindOf(file) === "tsv") : undefined;
    return table !== undefined && IMDB_LINE.test(await head(table)) ? "imdb" : kind;
  }
  const [plain] = files as readonly [DataFile];
  const start = (await head(plain)).trimStart();
  if (start.startsWith("(")) return "trees";
  if (start.startsWith("{")) return "jsonl";
  if (IMDB_LINE.test(start)) return "imdb";
  if (/^[^\n]*\t/.test(start)) return "tsv";
  throw new DataError(
    "LABELLED_FORMAT",
    `"${source.name}": ${baseName(plain.name)} starts with ${shown(start)}, which tells no format.`,
    {
      hint: "Name the format: tsv, csv, jsonl, trees, imdb, or folders with one text a file.",
    },
  );
}

/** The first characters of a file; what is not UTF-8 is left for the reader to find. */
async function head(file: DataFile): Promise<string> {
  for await (const chunk of unpackedChunks(file)) return new TextDecoder().decode(chunk.subarray(0, 4096));
  return "";
}

function labelsOf(
  splits: LabelledCorpus["splits"],
  format: LabelledFormat,
  treeLabels: TreeLabels = "read",
): readonly string[] {
  if (format === "imdb") return IMDB_LABELS;
  if (format === "trees" && treeLabels !== "read") return treeLabels === "five" ? FIVE_LABELS : TWO_LABELS;
  return [...new Set(Object.values(splits).flatMap((texts) => texts.map(({ label }) => label)))].sort();
}

/** Labels that a model could not have learnt. */
function warnOfUnseen(splits: LabelledCorpus["splits"], warnings: string[]): void {
  if (splits.train === undefined) return;
  const learnt = new Set(splits.train.map(({ label }) => label));
  for (const split of ["dev", "test"] as const) {
    const unseen = new Set(
      (splits[split] ?? []).map(({ label }) => label).filter((label) => !learnt.has(label)),
    );
    if (unseen.size > 0) {
      const names = [...unseen].sort().slice(0, 8).join(", ");
      warnings.push(`${split} has ${count(unseen.size, "label", "labels")} that train lacks: ${names}.`);
    }
  }
}
