import { type DataSource, memorySource } from "@timestep/data";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { holdsSheets, readSheets } from "./read-sheets.js";

/** A sheet of 3×2 pictures of 4×2 pixels; a pixel's red is the picture's number, green its column, blue its row. */
const width = 12;
const pixels = Uint8Array.from({ length: width * 4 * 3 }, (_, at) => {
  const [x, y] = [Math.floor(at / 3) % width, Math.floor(at / 3 / width)];
  return [Math.floor(y / 2) * 3 + Math.floor(x / 4), x % 4, y % 2][at % 3] as number;
});
const sheet = new Uint8Array(
  await sharp(pixels, { raw: { width, height: 4, channels: 3 } })
    .png()
    .toBuffer(),
);
const lines = (count: number): string =>
  Array.from({ length: count }, (_, i) => `{"captions":["picture ${i}"," again ${i} "]}\n`).join("");

function source(files: Record<string, string | Uint8Array>): DataSource {
  return memorySource("toy", { "sheets.json": '{"width":4,"height":2}', "train.png": sheet, ...files });
}

describe("readSheets", () => {
  it("cuts sheets row by row, the last row in part", async () => {
    const splits = await readSheets(
      source({ "train.jsonl": lines(5), "dev.png": sheet, "dev.jsonl": lines(1) }),
    );
    expect([...splits].map(([split, all]) => [split, all.length])).toEqual([
      ["train", 5],
      ["dev", 1],
    ]);
    splits.get("train")?.forEach(({ picture, captions }, i) => {
      expect(captions).toEqual([`picture ${i}`, `again ${i}`]);
      expect(picture).toMatchObject({ name: `train.png#${i}`, width: 4, height: 2 });
      const expected = [0, 1].flatMap((y) => [0, 1, 2, 3].flatMap((x) => [i, x, y]));
      expect([...picture.pixels]).toEqual(expected);
    });
  });

  it("tells by sheets.json whether there are sheets", () => {
    expect(holdsSheets(source({}))).toBe(true);
    expect(holdsSheets(memorySource("other", { "a.jsonl": "" }))).toBe(false);
  });

  it.each<[string, Record<string, string | Uint8Array>, string, string]>([
    ["more captions than pictures", { "train.jsonl": lines(7) }, "SHEETS_SIZE", "7 pictures of 4×2"],
    [
      "an uneven cut",
      { "sheets.json": '{"width":5,"height":2}', "train.jsonl": lines(1) },
      "SHEETS_SIZE",
      "12×4",
    ],
    ["a size that is none", { "sheets.json": '{"width":0,"height":2}' }, "SHEETS_FORMAT", "sheets.json"],
    ["a line without captions", { "train.jsonl": `${lines(1)}{"captions":[]}\n` }, "SHEETS_LINE", "line 2"],
    ["an empty caption", { "train.jsonl": '{"captions":[" "]}\n' }, "SHEETS_LINE", "line 1"],
    ["a line that is no JSON", { "train.jsonl": "{" }, "SHEETS_LINE", '"train.jsonl", line 1'],
    ["captions without a sheet", { "test.jsonl": lines(1) }, "SHEETS_MISSING", "test.png"],
    ["no captions", {}, "SHEETS_MISSING", "no captions"],
    ["a name of no split", { "some.jsonl": lines(1) }, "SHEETS_SPLIT", "some.jsonl"],
    [
      "a split twice",
      { "train.jsonl": lines(1), "train-2.jsonl": lines(1) },
      "SHEETS_SPLIT",
      "train already",
    ],
    [
      "a damaged sheet",
      { "train.png": sheet.subarray(0, 60), "train.jsonl": lines(1) },
      "PICTURE_DAMAGED",
      "train.png",
    ],
  ])("refuses %s", async (_, files, code, part) => {
    await expect(readSheets(source(files))).rejects.toMatchObject({
      code,
      message: expect.stringContaining(part) as string,
    });
  });

  it("refuses a folder without sheets", async () => {
    await expect(readSheets(memorySource("plain", { "a.png": sheet }))).rejects.toThrow(
      /SHEETS_FORMAT: .*"plain"/,
    );
  });
});
