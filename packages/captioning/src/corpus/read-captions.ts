import { DataError, seeded } from "@timestep/base";
import { type DataFile, type DataSource, type Split } from "@timestep/data";
import {
  type CaptionCorpus,
  type CaptionExample,
  type CaptionFormat,
  type CaptionRecord,
  type CaptionRecords,
} from "./caption-corpus.js";
import { isPictureName, type MissingPicture, missingPicture, PictureFinder } from "./find-pictures.js";
import { isCaptionLines, readCaptionLines } from "./read-caption-lines.js";
import { isFlickrName, readFlickr } from "./read-flickr.js";
import { isKarpathyName, readKarpathy } from "./read-karpathy.js";
import { readSidecars } from "./read-sidecars.js";

/** How a corpus is read. */
export interface ReadCaptionsOptions {
  /** Chosen by what the source holds when absent. */
  readonly format?: CaptionFormat | undefined;
  /** Default error. */
  readonly missing?: MissingPicture | undefined;
  /** Shares of the pictures that are set aside where the data has no splits. Default 0.05 each. */
  readonly devShare?: number | undefined;
  readonly testShare?: number | undefined;
  /** Decides which ones. Default 1. */
  readonly seed?: number | undefined;
}

/**
 * Reads captions and finds their pictures, which stay unread. Files with captions for pictures that lie elsewhere in the
 * same folder; sheets of pictures are read by `readSheets`.
 *
 * A picture that several records name has the captions of all.
 *
 * @throws {DataError} CAPTION_FORMAT when nothing in the source is captions; CAPTION_EMPTY when no picture has one;
 *   CAPTION_PICTURE_MISSING, CAPTION_PICTURE_TWICE, CAPTION_SPLITS, naming file and place; CAPTION_KARPATHY,
 *   CAPTION_FLICKR, CAPTION_LINE when a file is not laid out as its format says; what `readText` throws.
 */
export async function readCaptions(
  source: DataSource,
  options: ReadCaptionsOptions = {},
): Promise<CaptionCorpus> {
  const format = options.format ?? formatOf(source);
  const { records, checksums, warnings } = await readRecords(source, format);
  const { missing = "error" } = options;
  const finder = new PictureFinder(source);
  const found = new Map<string, Found>();
  let [lost, empty] = [0, 0];
  for (const { picture, captions, split, where } of records) {
    const image = finder.find(picture, where);
    if (image === undefined) {
      if (missing === "error") throw missingPicture(source, picture, where);
      lost++;
      continue;
    }
    const said = captions.map((caption) => caption.trim()).filter((caption) => caption !== "");
    empty += captions.length - said.length;
    const before = found.get(image.name) ?? { image, captions: [], split, where };
    if (before.split !== split) throw twoSplits(image.name, before, { split, where });
    found.set(image.name, { ...before, captions: [...before.captions, ...said] });
  }
  const captioned = [...found.values()].filter(({ captions }) => captions.length > 0);
  if (captioned.length === 0) {
    throw new DataError("CAPTION_EMPTY", `"${source.name}" has no picture with a caption.`, {
      hint: "Name the folder that holds both the pictures and their captions.",
    });
  }
  const counted = [
    ...(lost > 0 ? [`${lost} captioned pictures are missing and were left out.`] : []),
    ...(empty > 0 ? [`${empty} captions are empty and were left out.`] : []),
    ...(captioned.length < found.size
      ? [`${found.size - captioned.length} pictures have no caption and were left out.`]
      : []),
  ];
  return {
    name: source.name,
    format,
    splits: divided(captioned, options),
    checksums,
    warnings: [...warnings, ...counted],
  };
}

/** A picture with all that is said of it. */
interface Found extends Pick<CaptionRecord, "captions" | "split" | "where"> {
  readonly image: DataFile;
}

function twoSplits(
  name: string,
  first: Pick<CaptionRecord, "split" | "where">,
  second: Pick<CaptionRecord, "split" | "where">,
): DataError {
  const said = (split: Split | undefined): string =>
    split === undefined ? "no split" : `the split ${split}`;
  return new DataError(
    "CAPTION_SPLITS",
    `${second.where}: the picture "${name}" is of ${said(second.split)} here and of ${said(first.split)} in ${first.where}.`,
    { hint: "A picture is of one split alone, or scores are taken on what was learnt." },
  );
}

function readRecords(source: DataSource, format: CaptionFormat): Promise<CaptionRecords> {
  switch (format) {
    case "karpathy":
      return readKarpathy(required(source, format, (name) => name.endsWith(".json")));
    case "flickr":
      required(source, format, isFlickrName);
      return readFlickr(source);
    case "jsonl":
      required(source, format, isCaptionLines);
      return readCaptionLines(source);
    case "sidecar":
      return readSidecars(source);
    case "sheets":
      throw new DataError("CAPTION_FORMAT", "sheets of pictures are read by readSheets.", {
        hint: "Import it from @timestep/captioning/pictures.",
      });
  }
}

function formatOf(source: DataSource): CaptionFormat {
  const names = source.files.map(({ name }) => name);
  if (names.some(isKarpathyName)) return "karpathy";
  if (names.some(isFlickrName)) return "flickr";
  if (names.some(isCaptionLines)) return "jsonl";
  if (names.some(isPictureName) && names.some((name) => /\.txt$/i.test(name))) return "sidecar";
  throw new DataError("CAPTION_FORMAT", `"${source.name}" holds no captions that are known.`, {
    hint: "Known are Karpathy's dataset_*.json, Flickr's *.token.txt, lines of JSON, and a .txt beside each picture.",
  });
}

function required(source: DataSource, format: CaptionFormat, fits: (name: string) => boolean): DataFile {
  const file = source.files.find(({ name }) => fits(name));
  if (file !== undefined) return file;
  throw new DataError("CAPTION_FORMAT", `"${source.name}" holds no file of the format ${format}.`, {
    hint: "Leave --format out: it is chosen by what the data holds.",
  });
}

/**
 * By the splits that the records name; where none does, train, dev and test by chance: a picture at least for each that
 * is to have a share, if there are enough of them.
 */
function divided(
  found: readonly Found[],
  { devShare = 0.05, testShare = 0.05, seed = 1 }: ReadCaptionsOptions,
): Partial<Record<Split, CaptionExample[]>> {
  const splits: Partial<Record<Split, CaptionExample[]>> = {};
  const add = (split: Split, example: CaptionExample): void => {
    (splits[split] ??= []).push(example);
  };
  const named = found.some(({ split }) => split !== undefined);
  const order = named ? found : seeded(seed).fork("splits").shuffled(found);
  const [dev, test] = [devShare, testShare].map((share) =>
    share > 0 && found.length > 2 ? Math.max(1, Math.round(share * found.length)) : 0,
  ) as [number, number];
  order.forEach(({ image, captions, split }, place) => {
    const example = { name: image.name, image, captions };
    const drawn = place < dev ? "dev" : place < dev + test ? "test" : "train";
    // In a corpus with splits, what lies outside of them is learnt from.
    add(named ? (split ?? "train") : drawn, example);
  });
  return splits;
}
