import { DataError } from "@timestep/base";
import { type DataSource, readWordVectors, type WordVectors } from "@timestep/data";
import { findData } from "@timestep/cli-kit";
import { readSentimentCorpus, type SentimentCorpus, type SentimentSettings } from "@timestep/sentiment";
import { openDataSource } from "@timestep/training/node";

/** Reads a corpus with the settings of a run, in the format that the command line names. */
export function readCorpus(
  data: DataSource,
  settings: SentimentSettings,
  format: string | undefined = settings.format,
): Promise<SentimentCorpus> {
  return readSentimentCorpus(data, { ...settings, format: format as SentimentSettings["format"] });
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
