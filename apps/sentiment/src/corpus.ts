import { ConfigError, DataError } from "@timestep/base";
import { type DataSource, readWordVectors, type Split, type WordVectors } from "@timestep/data";
import { findData } from "@timestep/cli-kit";
import {
  readSentimentCorpus,
  type SentimentCorpus,
  type SentimentExample,
  type SentimentSettings,
} from "@timestep/sentiment";
import { openDataSource } from "@timestep/training/node";

/** Reads a corpus with the settings of a run, in the format that the command line names. */
export function readCorpus(
  data: DataSource,
  settings: SentimentSettings,
  format: string | undefined = settings.format,
): Promise<SentimentCorpus> {
  return readSentimentCorpus(data, { ...settings, format: format as SentimentSettings["format"] });
}

/**
 * @throws {DataError} DATA_SPLIT_MISSING when the corpus lacks the split; the message lists those that are there.
 */
export function requireSplit(corpus: SentimentCorpus, split: Split): readonly SentimentExample[] {
  const examples = corpus.splits[split];
  if (examples !== undefined) return examples;
  const there = Object.entries(corpus.splits).map(([name, list]) => `${name} (${list.length} examples)`);
  throw new DataError(
    "DATA_SPLIT_MISSING",
    `"${corpus.name}" has no ${split} split; it has ${there.join(", ")}.`,
    { hint: `Add a file whose name says ${split}, or choose a split that is there.` },
  );
}

/**
 * @throws {ConfigError} SPLIT_UNKNOWN when the name is none of train, dev, test.
 */
export function asSplit(name: string): Split {
  if (name === "train" || name === "dev" || name === "test") return name;
  throw new ConfigError("SPLIT_UNKNOWN", `no split is called "${name}".`, {
    hint: "Use train, dev or test.",
  });
}

/** The pretrained vectors that the settings name: the only file of vectors in that place. */
export async function openVectors({ model }: SentimentSettings): Promise<WordVectors | undefined> {
  const { source } = model.vectors;
  if (source === undefined) return undefined;
  const { path } = await findData(source, { cwd: process.cwd(), dataFolder: process.env["TIMESTEP_DATA"] });
  const { files } = await openDataSource(path);
  const [file, another] = files.filter(({ name }) => /\.(txt|vec)(\.gz)?$/.test(name));
  if (file === undefined || another !== undefined) {
    throw new DataError(
      "VECTORS_FILE",
      `"${source}" holds ${file === undefined ? "no" : "several"} files of vectors.`,
      { hint: "Name one file: word and numbers on each line, .txt or .vec, plain or .gz." },
    );
  }
  return readWordVectors(file);
}
