import { readTextFile } from "../io/read-text.js";
import { type DataFile, type DataSource, sha256 } from "../io/source.js";
import { baseName, noSplit } from "./choose-splits.js";
import { type Split, splitOfPath } from "./corpus.js";
import { count, type LabelledText } from "./labelled.js";
import { withLineEnds } from "./read-imdb.js";

/** Folders whose names are short for a label. */
const SHORT: Readonly<Record<string, string>> = { pos: "positive", neg: "negative" };

/** Whether folders say what is positive and what is negative. */
export function hasLabelFolders(files: readonly DataFile[]): boolean {
  return files.some(({ name }) => /^(pos|neg|positive|negative)$/i.test(folderName(name)));
}

/**
 * Reads folders that hold one text a file: `train/pos/12.txt` is a text of the training split with the label positive.
 * The folder right above a file is its label (`pos` and `neg` are spelled out), the folders above that tell the split;
 * without any, everything is `fallback`. Files that lie right in a split's folder are left out with a warning, as are
 * those of a folder named `unsup`, which have no label.
 *
 * @throws {DataError} DATA_NO_SPLIT, and what {@link readTextFile} throws.
 */
export async function readLabelFolders(
  source: DataSource,
  files: readonly DataFile[],
  fallback: Split | undefined,
  found: { readonly checksums: Record<string, string>; readonly warnings: string[] },
): Promise<Map<Split, LabelledText[]>> {
  const splits = new Map<Split, LabelledText[]>();
  const sums = new Map<string, string[]>();
  const stray: string[] = [];
  for (const file of [...files].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const name = folderName(file.name);
    const above = file.name.split("/").slice(0, -2).join("/");
    if (name === "" || name === "unsup" || splitOfPath(name) !== undefined) {
      stray.push(file.name);
      continue;
    }
    const split = splitOfPath(above) ?? splitOfPath(source.name) ?? fallback ?? "train";
    const { text, sha256: sum } = await readTextFile(file);
    const label = SHORT[name.toLowerCase()] ?? name;
    const texts = splits.get(split) ?? [];
    splits.set(split, texts);
    texts.push({ text: withLineEnds(text), label, where: { file: file.name, line: 1 } });
    const folder = file.name.slice(0, -baseName(file.name).length);
    const lines = sums.get(folder) ?? [];
    sums.set(folder, lines);
    lines.push(`${sum}  ${baseName(file.name)}\n`);
  }
  for (const [folder, lines] of sums) {
    found.checksums[folder] = await sha256(new TextEncoder().encode(lines.join("")));
  }
  if (stray.length > 0) {
    const what = count(stray.length, "file was", "files were");
    found.warnings.push(
      `${what} left out for want of a folder that names the label (first: ${stray[0] as string}).`,
    );
  }
  if (splits.size === 0) throw noSplit(source, files);
  return splits;
}

/** The folder right above a file, or "". */
function folderName(path: string): string {
  return path.split("/").at(-2) ?? "";
}
