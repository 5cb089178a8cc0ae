import { readTextFile } from "../io/read-text.js";
import { type DataSource } from "../io/source.js";
import { chooseSplits, inOrder, isBeside } from "./choose-splits.js";
import { type Split } from "./corpus.js";
import { emptyError } from "./raw.js";
import { readTrees, type TreeExample, type TreeOptions } from "./read-trees.js";

/** A corpus of labelled trees as read, by split. */
export interface TreeCorpus {
  /** What the source is called. */
  readonly name: string;
  readonly splits: Partial<Record<Split, TreeExample[]>>;
  /** SHA-256 of each file that was read, by its name. */
  readonly checksums: Record<string, string>;
  /** Full sentences: what was left out. */
  readonly warnings: string[];
}

/**
 * Reads labelled trees from a file, or from a folder whose file names tell the splits; plain or gzip.
 *
 * @param options.split The split that a lone file holds when its name does not say. Default "train".
 * @throws {DataError} DATA_EMPTY, DATA_NO_SPLIT, DATA_SPLIT_TWICE, and what {@link readTrees} and {@link readTextFile}
 *   throw.
 */
export async function readTreeCorpus(
  source: DataSource,
  options: TreeOptions & { readonly split?: Split } = {},
): Promise<TreeCorpus> {
  const files = source.files.filter((file) => !isBeside(file.name));
  if (files.length === 0) throw emptyError(`"${source.name}"`);
  const corpus: TreeCorpus = { name: source.name, splits: {}, checksums: {}, warnings: [] };
  for (const [split, file] of chooseSplits(source, files, options.split, corpus.warnings)) {
    const { text, sha256 } = await readTextFile(file);
    corpus.checksums[file.name] = sha256;
    corpus.splits[split] = readTrees(text, file.name, options);
  }
  return { ...corpus, splits: inOrder(corpus.splits) };
}
