import { type DataSource, sha256 } from "@timestep/data";
import { type CaptionCorpus } from "../corpus/caption-corpus.js";
import { readCaptions, type ReadCaptionsOptions } from "../corpus/read-captions.js";
import { holdsSheets, readSheets } from "./read-sheets.js";

/**
 * Reads captions of any known format: as `readCaptions`, and sheets of small pictures too.
 *
 * @throws what `readCaptions` and `readSheets` throw.
 */
export async function readCaptionCorpus(
  source: DataSource,
  options: ReadCaptionsOptions = {},
): Promise<CaptionCorpus> {
  const { format } = options;
  if (format === undefined ? !holdsSheets(source) : format !== "sheets") return readCaptions(source, options);
  const files = source.files.filter(({ name }) => /\.(jsonl|json|png)$/.test(name));
  const sums = files.map(async (file) => [file.name, await sha256(await file.bytes())]);
  const splits = [...(await readSheets(source))].map(([split, examples]) => [
    split,
    examples.map(({ picture, captions }) => ({ name: picture.name, image: picture, captions })),
  ]);
  return {
    name: source.name,
    format: "sheets",
    splits: Object.fromEntries(splits) as CaptionCorpus["splits"],
    checksums: Object.fromEntries(await Promise.all(sums)) as Record<string, string>,
    warnings: [],
  };
}
