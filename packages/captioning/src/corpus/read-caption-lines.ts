import { DataError } from "@timestep/base";
import { type DataSource, readTextFile, type Split, splitOfPath } from "@timestep/data";
import { z } from "zod";
import { type CaptionRecord, type CaptionRecords } from "./caption-corpus.js";

const lineSchema = z
  .object({
    image: z.string().min(1),
    caption: z.string().optional(),
    captions: z.array(z.string()).optional(),
    split: z.string().optional(),
  })
  .refine(({ caption, captions }) => (caption === undefined) !== (captions === undefined));

const splitNames: Readonly<Record<string, Split>> = { train: "train", val: "dev", dev: "dev", test: "test" };

/**
 * Lines of JSON: `{"image": "17.jpg", "captions": ["a dog runs"]}`, or one `"caption"` a line, where lines of one image
 * belong together. The split is that of the line's `"split"`, else that of the file's name.
 *
 * @throws {DataError} CAPTION_LINE for a line that is not as described.
 */
export async function readCaptionLines(source: DataSource): Promise<CaptionRecords> {
  const records = new Map<string, CaptionRecord>();
  const checksums: Record<string, string> = {};
  for (const file of source.files.filter(({ name }) => isCaptionLines(name))) {
    const { text, sha256 } = await readTextFile(file);
    checksums[file.name] = sha256;
    const own = splitOfPath(file.name);
    for (const [index, line] of text.split("\n").entries()) {
      if (line.trim() === "") continue;
      const where = `${file.name}, line ${index + 1}`;
      const { image, caption, captions = [caption as string], split: named } = parsed(line, where);
      const split = named === undefined ? own : splitNames[named];
      if (named !== undefined && split === undefined) throw wrong(where, `the split "${named}" is unknown`);
      const key = `${split ?? ""} ${image}`;
      const before = records.get(key);
      records.set(key, {
        picture: image,
        captions: [...(before?.captions ?? []), ...captions],
        split,
        where: before?.where ?? where,
      });
    }
  }
  return { records: [...records.values()], checksums, warnings: [] };
}

/** Whether a file holds lines of JSON, by its name. */
export function isCaptionLines(name: string): boolean {
  return /\.(jsonl|ndjson)(\.gz)?$/i.test(name);
}

function parsed(line: string, where: string): z.infer<typeof lineSchema> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw wrong(where, "it is not JSON");
  }
  const result = lineSchema.safeParse(value);
  if (result.success) return result.data;
  throw wrong(where, "it lacks the image, or has not one of caption and captions");
}

function wrong(where: string, what: string): DataError {
  return new DataError("CAPTION_LINE", `${where}: ${what}.`, {
    hint: 'A line is {"image": "17.jpg", "captions": ["a dog runs", "a brown dog is running"]}.',
  });
}
