import { ConfigError, DataError } from "@timestep/base";
import { readTextFile } from "../io/read-text.js";
import { type DataFile, type DataSource } from "../io/source.js";
import {
  type Split,
  splitOfPath,
  type TaggedCorpus,
  type TaggedExample,
  type TaggedFormat,
} from "./corpus.js";
import { baseName, chooseSplits, inOrder, isBeside, noSplit, splitTwice } from "./choose-splits.js";
import { emptyError, normaliseFile, type RawExample } from "./raw.js";
import { readAtisSplit } from "./read-atis.js";
import { type ColumnOptions, readColumns } from "./read-columns.js";
import { readJsonl } from "./read-jsonl.js";

export interface TaggedOptions extends ColumnOptions {
  /** Reads the source in this format instead of the one its files suggest. */
  readonly format?: TaggedFormat;
  /** The split that a lone file holds when its name does not say. Default "train". */
  readonly split?: Split;
}

/**
 * Reads a tagged corpus. The format follows from what the source holds: `seq.in` files make it the ATIS layout, `.jsonl`
 * files JSON lines, anything else columns. Splits follow from names ({@link splitOfPath}); files whose names tell no
 * split are left out with a warning. Tags come back as BIO, whatever scheme each file uses.
 *
 * @throws {DataError} DATA_EMPTY, DATA_NO_SPLIT, DATA_SPLIT_TWICE, ATIS_FILE_MISSING, and what the readers of the
 *   formats, {@link readTextFile} and the tag schemes throw.
 * @throws {ConfigError} DATA_FORMAT when `format` is none of columns, atis, jsonl.
 *
 * @example
 * ```ts
 * const corpus = await readTaggedCorpus(memorySource("toy", { "train.conll": "to O\nTaipei B-city\n" }));
 * requireSplit(corpus, "train")[0]?.tags; // ["O", "B-city"]
 * ```
 */
export async function readTaggedCorpus(
  source: DataSource,
  options: TaggedOptions = {},
): Promise<TaggedCorpus> {
  const files = source.files.filter((file) => !isBeside(file.name));
  if (files.length === 0) throw emptyError(`"${source.name}"`);
  const format = options.format ?? (await detectFormat(files));
  const corpus: TaggedCorpus = { name: source.name, format, splits: {}, checksums: {}, warnings: [] };
  switch (format) {
    case "atis":
      await readAtis(source, files, options, corpus);
      break;
    case "columns":
    case "jsonl":
      await readSplitFiles(source, files, options, corpus);
      break;
    default:
      throw new ConfigError("DATA_FORMAT", `no such data format: "${format as string}".`, {
        hint: "Formats of tagged data are columns, atis and jsonl.",
      });
  }
  return { ...corpus, splits: inOrder(corpus.splits) };
}

async function detectFormat(files: readonly DataFile[]): Promise<TaggedFormat> {
  const names = files.map((file) => baseName(file.name));
  if (names.includes("seq.in")) return "atis";
  if (names.some((name) => /\.(jsonl|ndjson)(\.gz)?$/i.test(name))) return "jsonl";
  const [only] = files;
  if (files.length > 1 || only === undefined) return "columns";
  const { text } = await readTextFile(only);
  return text.trimStart().startsWith("{") ? "jsonl" : "columns";
}

async function readSplitFiles(
  source: DataSource,
  files: readonly DataFile[],
  options: TaggedOptions,
  corpus: TaggedCorpus,
): Promise<void> {
  const suffix = /\.(jsonl|ndjson)(\.gz)?$/i;
  const candidates =
    corpus.format === "jsonl" && files.length > 1 ? files.filter((file) => suffix.test(file.name)) : files;
  const chosen = chooseSplits(source, candidates, options.split, corpus.warnings);
  for (const [split, file] of chosen) {
    const { text, sha256 } = await readTextFile(file);
    corpus.checksums[file.name] = sha256;
    const raw =
      corpus.format === "jsonl" ? readJsonl(text, file.name) : readColumns(text, file.name, options);
    corpus.splits[split] = normalised(file.name, raw, corpus.warnings);
  }
}

interface AtisFiles {
  input?: DataFile;
  output?: DataFile;
  label?: DataFile;
}

async function readAtis(
  source: DataSource,
  files: readonly DataFile[],
  options: TaggedOptions,
  corpus: TaggedCorpus,
): Promise<void> {
  const folders = new Map<string, AtisFiles>();
  const roles: Readonly<Record<string, keyof AtisFiles>> = {
    "seq.in": "input",
    "seq.out": "output",
    label: "label",
  };
  for (const file of files) {
    const role = roles[baseName(file.name)];
    if (role === undefined) continue;
    const folder = file.name.slice(0, -baseName(file.name).length);
    folders.set(folder, { ...folders.get(folder), [role]: file });
  }
  const seen = new Map<Split, string>();
  for (const [folder, { input, output, label }] of folders) {
    const split =
      splitOfPath(folder) ??
      (folders.size === 1 ? (splitOfPath(source.name) ?? options.split ?? "train") : undefined);
    if (split === undefined) {
      corpus.warnings.push(
        `${folder} was left out: its name does not tell which split it is (train, valid or test).`,
      );
      continue;
    }
    const other = seen.get(split);
    if (other !== undefined) throw splitTwice(source, split, other, folder);
    seen.set(split, folder);
    if (input === undefined || output === undefined) {
      throw new DataError(
        "ATIS_FILE_MISSING",
        `"${source.name}": ${folder}${input === undefined ? "seq.in" : "seq.out"} is missing.`,
        {
          hint: "Each split's folder needs seq.in (tokens) and seq.out (tags), and label where there are intents.",
        },
      );
    }
    const read = async (file: DataFile): Promise<{ name: string; text: string }> => {
      const { text, sha256 } = await readTextFile(file);
      corpus.checksums[file.name] = sha256;
      return { name: file.name, text };
    };
    const raw = readAtisSplit(await read(input), await read(output), label && (await read(label)));
    corpus.splits[split] = normalised(output.name, raw, corpus.warnings);
  }
  if (seen.size === 0) throw noSplit(source, files);
}

function normalised(file: string, raw: readonly RawExample[], warnings: string[]): TaggedExample[] {
  const result = normaliseFile(file, raw);
  for (const warning of result.warnings) warnings.push(warning);
  return result.examples;
}
