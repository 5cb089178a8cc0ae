import { DataError } from "@timestep/base";
import { type DataFile, type DataSource, readText, type Split, splitOfPath } from "@timestep/data";
import { z } from "zod";
import { type Picture } from "../picture.js";
import { readPicture } from "./read-picture.js";

/** A picture and what people, or a grammar, say of it. */
export interface CaptionedPicture {
  /** Called by its sheet and its place in it, counted from 0: `train.png#17`. */
  readonly picture: Picture;
  readonly captions: readonly string[];
}

/** File that says how large the pictures of a folder of sheets are. */
const SIZE_FILE = "sheets.json";

const sizeSchema = z.strictObject({ width: z.int().positive(), height: z.int().positive() });
const lineSchema = z.object({ captions: z.array(z.string().trim().min(1)).min(1) });

/** Whether a source holds sheets of small pictures, as `readSheets` reads them. */
export function holdsSheets(source: DataSource): boolean {
  return source.files.some(({ name }) => name === SIZE_FILE);
}

/**
 * Reads a folder of sheets: many small pictures in one file, row by row, as `data/scenes` has them. `sheets.json` gives
 * the width and height of a picture; beside each sheet `train.png` lies `train.jsonl`, one line `{"captions": [...]}`
 * for each of its pictures. A sheet's last row may be filled in part. Splits follow from the names.
 *
 * @throws {DataError} SHEETS_FORMAT when sheets.json is missing or says something else, SHEETS_SPLIT when the name of a
 *   file of captions is of no split or of one that is there already, SHEETS_LINE for a line that is not as described,
 *   SHEETS_SIZE when a sheet is not cut evenly or has no room for as many pictures as there are captions,
 *   SHEETS_MISSING when there are captions without a sheet or none at all; and what {@link readPicture} throws.
 */
export async function readSheets(
  source: DataSource,
): Promise<ReadonlyMap<Split, readonly CaptionedPicture[]>> {
  const { width, height } = await sizeOf(source);
  const splits = new Map<Split, CaptionedPicture[]>();
  for (const file of source.files.filter(({ name }) => name.endsWith(".jsonl"))) {
    const split = splitOfPath(file.name);
    if (split === undefined || splits.has(split)) {
      const why = split === undefined ? "its name is of no split" : `there are captions of ${split} already`;
      throw new DataError("SHEETS_SPLIT", `"${source.name}/${file.name}": ${why}.`, {
        hint: "Call the files train.jsonl, dev.jsonl and test.jsonl.",
      });
    }
    const captions = await captionsIn(file);
    const sheetName = file.name.replace(/\.jsonl$/, ".png");
    const sheetFile = source.files.find(({ name }) => name === sheetName);
    if (sheetFile === undefined) throw missing(`"${source.name}" has ${file.name} and no ${sheetName}`);
    const sheet = await readPicture(sheetFile);
    const room = Math.floor(sheet.width / width) * Math.floor(sheet.height / height);
    if (sheet.width % width !== 0 || sheet.height % height !== 0 || captions.length > room) {
      throw new DataError(
        "SHEETS_SIZE",
        `"${source.name}/${sheetName}" has ${sheet.width}×${sheet.height} pixels; ${captions.length} pictures of ${width}×${height} are expected in it.`,
        {
          hint: "Its sides must be multiples of those in sheets.json, with a picture for each line of captions.",
        },
      );
    }
    splits.set(
      split,
      captions.map((texts, index) => ({ picture: cut(sheet, index, width, height), captions: texts })),
    );
  }
  if (splits.size === 0) throw missing(`"${source.name}" has ${SIZE_FILE} and no captions`);
  return splits;
}

async function sizeOf(source: DataSource): Promise<{ width: number; height: number }> {
  const file = source.files.find(({ name }) => name === SIZE_FILE);
  const hint = 'It holds the size of a picture, such as {"width": 64, "height": 64}.';
  if (file === undefined) {
    throw new DataError("SHEETS_FORMAT", `there is no ${SIZE_FILE} in "${source.name}".`, { hint });
  }
  const parsed = sizeSchema.safeParse(jsonOf(await readText(file)));
  if (parsed.success) return parsed.data;
  throw new DataError("SHEETS_FORMAT", `"${source.name}/${SIZE_FILE}" gives no size.`, { hint });
}

async function captionsIn(file: DataFile): Promise<string[][]> {
  const lines = (await readText(file)).trimEnd().split(/\r?\n/);
  return lines.map((line, index) => {
    const parsed = lineSchema.safeParse(jsonOf(line));
    if (parsed.success) return parsed.data.captions;
    throw new DataError("SHEETS_LINE", `"${file.name}", line ${index + 1}: no captions.`, {
      hint: 'Each line is an object such as {"captions": ["a red circle"]}.',
    });
  });
}

/** Picture `index` of a sheet, row by row. */
function cut(sheet: Picture, index: number, width: number, height: number): Picture {
  const across = sheet.width / width;
  const [left, top] = [(index % across) * width, Math.floor(index / across) * height];
  const pixels = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const from = ((top + y) * sheet.width + left) * 3;
    pixels.set(sheet.pixels.subarray(from, from + width * 3), y * width * 3);
  }
  return { name: `${sheet.name}#${index}`, width, height, pixels };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function missing(what: string): DataError {
  return new DataError("SHEETS_MISSING", `${what}.`, {
    hint: "Each file of captions, such as train.jsonl, belongs to a sheet, train.png.",
  });
}
