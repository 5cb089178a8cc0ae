import { ConfigError, DataError } from "@timestep/base";

export type Split = "train" | "dev" | "test";

/** A sentence with one tag a token. */
export interface TaggedExample {
  readonly tokens: string[];
  /** BIO, whatever scheme the file used. */
  readonly tags: string[];
  /** The label of the whole sentence, where the data has one. */
  readonly intent?: string;
  /** The sentence as written, where the data has it. */
  readonly text?: string;
  /** Where each token stands in `text`, as offsets in UTF-16 code units (what JavaScript's `slice` takes). */
  readonly spans?: readonly { readonly start: number; readonly end: number }[];
  /** Where the example starts; lines count from 1. */
  readonly origin: { readonly file: string; readonly line: number };
}

/** A tagged corpus as read: some of the three splits, and what is worth telling the user about them. */
export interface TaggedCorpus {
  /** What the source is called. */
  readonly name: string;
  readonly format: TaggedFormat;
  readonly splits: Partial<Record<Split, TaggedExample[]>>;
  /** SHA-256 of each file that was read, by its name. */
  readonly checksums: Record<string, string>;
  /** Full sentences: what was repaired or left out, how often, and where first. */
  readonly warnings: string[];
}

export type TaggedFormat = "columns" | "atis" | "jsonl";

/**
 * The examples of one split.
 *
 * @throws {DataError} DATA_SPLIT_MISSING when the corpus lacks it; the message lists those that are there.
 */
export function requireSplit<Example>(
  corpus: { readonly name: string; readonly splits: Readonly<Partial<Record<Split, Example[]>>> },
  split: Split,
): Example[] {
  const examples = corpus.splits[split];
  if (examples !== undefined) return examples;
  const there = Object.entries<Example[]>(corpus.splits).map(
    ([name, list]) => `${name} (${list.length} examples)`,
  );
  throw new DataError(
    "DATA_SPLIT_MISSING",
    `"${corpus.name}" has no ${split} split; it has ${there.join(", ")}.`,
    {
      hint: `Add a file whose name says ${split}, such as ${split}.jsonl, or choose a split that is there.`,
    },
  );
}

/**
 * A split by its name.
 *
 * @throws {ConfigError} SPLIT_UNKNOWN when the name is none of train, dev, test.
 */
export function asSplit(name: string): Split {
  if (name === "train" || name === "dev" || name === "test") return name;
  throw new ConfigError("SPLIT_UNKNOWN", `no split is called "${name}".`, {
    hint: "Use train, dev or test.",
  });
}

/** Name parts that tell a split; `testa` and `testb` are CoNLL-2003's development and test files. */
const SPLIT_WORDS: Readonly<Record<string, Split>> = {
  train: "train",
  training: "train",
  dev: "dev",
  devel: "dev",
  development: "dev",
  val: "dev",
  valid: "dev",
  validation: "dev",
  testa: "dev",
  test: "test",
  testing: "test",
  testb: "test",
};

/**
 * The split that a path names: by the words of the file's name (`wnut17train.conll`, `emerging.dev.conll`), else by
 * the nearest folder's (`valid/seq.in`). Undefined when nothing, or more than one split, is named.
 */
export function splitOfPath(path: string): Split | undefined {
  for (const part of path.split("/").reverse()) {
    const words = part.toLowerCase().split(/[^a-z]+/);
    const named = new Set(words.map((word) => SPLIT_WORDS[word]).filter((split) => split !== undefined));
    if (named.size > 1) return undefined;
    for (const split of named) return split;
  }
  return undefined;
}
