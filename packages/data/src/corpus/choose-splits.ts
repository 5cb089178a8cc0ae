import { DataError } from "@timestep/base";
import { type DataFile, type DataSource } from "../io/source.js";
import { type Split, splitOfPath } from "./corpus.js";

const SPLITS: readonly Split[] = ["train", "dev", "test"];

/** The splits as train, dev, test, whatever order the files came in. */
export function inOrder<Example>(
  splits: Readonly<Partial<Record<Split, Example[]>>>,
): Partial<Record<Split, Example[]>> {
  const ordered: Partial<Record<Split, Example[]>> = {};
  for (const split of SPLITS) {
    const examples = splits[split];
    if (examples !== undefined) ordered[split] = examples;
  }
  return ordered;
}

/** Files that accompany data without being data. */
export function isBeside(name: string): boolean {
  const base = baseName(name);
  return (
    /^(\.|readme|licen[cs]e|acknowledg|manifest|sha256sums|checksums|changelog|notice)/i.test(base) ||
    /\.(md|json|html|pdf|png)$/i.test(base)
  );
}

/**
 * Which file holds which split, by their names. A lone file whose name does not say holds `fallback`; others whose names
 * do not are left out with a warning.
 *
 * @throws {DataError} DATA_NO_SPLIT, DATA_SPLIT_TWICE.
 */
export function chooseSplits(
  source: DataSource,
  files: readonly DataFile[],
  fallback: Split | undefined,
  warnings: string[],
): Map<Split, DataFile> {
  const chosen = new Map<Split, DataFile>();
  for (const file of files) {
    const split = splitOfPath(file.name) ?? (source.files.length === 1 ? (fallback ?? "train") : undefined);
    if (split === undefined) {
      warnings.push(
        `${file.name} was left out: its name does not tell which split it is (train, dev or test).`,
      );
      continue;
    }
    const other = chosen.get(split);
    if (other !== undefined) throw splitTwice(source, split, other.name, file.name);
    chosen.set(split, file);
  }
  if (chosen.size === 0) throw noSplit(source, files);
  return chosen;
}

/** @returns DATA_SPLIT_TWICE */
export function splitTwice(source: DataSource, split: Split, first: string, second: string): DataError {
  return new DataError(
    "DATA_SPLIT_TWICE",
    `"${source.name}": both ${first} and ${second} look like the ${split} split.`,
    {
      hint: "Keep one of them in the folder, or rename the other so that its name tells no split.",
    },
  );
}

/** @returns DATA_NO_SPLIT */
export function noSplit(source: DataSource, files: readonly DataFile[]): DataError {
  const names = files.slice(0, 5).map((file) => file.name);
  const more = files.length > names.length ? `, and ${files.length - names.length} more` : "";
  return new DataError(
    "DATA_NO_SPLIT",
    `no file of "${source.name}" tells its split by name: ${names.join(", ")}${more}.`,
    {
      hint: "Name files or folders after their split: train, dev (or valid, val), test.",
    },
  );
}

/** The part of a path behind its last slash. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
