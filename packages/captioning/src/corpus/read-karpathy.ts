import { DataError } from "@timestep/base";
import { type DataFile, readTextFile, type Split } from "@timestep/data";
import { z } from "zod";
import { type CaptionRecord, type CaptionRecords } from "./caption-corpus.js";

const sentenceSchema = z.object({ raw: z.string().optional(), tokens: z.array(z.string()).optional() });
const imageSchema = z.object({
  filename: z.string().min(1),
  filepath: z.string().optional(),
  split: z.string(),
  sentences: z.array(sentenceSchema),
});
const fileSchema = z.object({ images: z.array(z.unknown()) });

/** `restval` are pictures of COCO's validation set that everybody trains on. */
const splits: Readonly<Record<string, Split>> = {
  train: "train",
  restval: "train",
  val: "dev",
  dev: "dev",
  test: "test",
};

/**
 * Captions as Karpathy's files have them (`dataset_flickr8k.json`, `dataset_coco.json`): a list of images with file
 * name, split and sentences.
 *
 * @throws {DataError} CAPTION_KARPATHY when the file is something else, naming the image.
 */
export async function readKarpathy(file: DataFile): Promise<CaptionRecords> {
  const { text, sha256 } = await readTextFile(file);
  const parsed = fileSchema.safeParse(jsonOf(text));
  if (!parsed.success) throw wrong(file, "it has no list of images");
  const records = parsed.data.images.map((value, index): CaptionRecord => {
    const where = `${file.name}, image ${index + 1}`;
    const image = imageSchema.safeParse(value);
    if (!image.success) throw wrong(file, `image ${index + 1} lacks filename, split or sentences`);
    const { filename, filepath, split, sentences } = image.data;
    const known = splits[split];
    if (known === undefined) throw wrong(file, `image ${index + 1} is of an unknown split "${split}"`);
    return {
      picture: filepath === undefined || filepath === "" ? filename : `${filepath}/${filename}`,
      captions: sentences.map(({ raw, tokens }) => raw ?? (tokens ?? []).join(" ")),
      split: known,
      where,
    };
  });
  return { records, checksums: { [file.name]: sha256 }, warnings: [] };
}

/** Whether a file looks like one of Karpathy's. */
export function isKarpathyName(name: string): boolean {
  return /(^|\/)dataset[^/]*\.json$/i.test(name);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function wrong(file: DataFile, what: string): DataError {
  return new DataError("CAPTION_KARPATHY", `${file.name} is not laid out as Karpathy's files are: ${what}.`, {
    hint: '{"images": [{"filename": "17.jpg", "split": "train", "sentences": [{"raw": "A dog runs."}]}]}',
  });
}
