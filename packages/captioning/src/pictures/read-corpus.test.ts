import { memorySource } from "@timestep/data";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { readCaptionCorpus } from "./read-corpus.js";

const create = { width: 4, height: 1, channels: 3, background: "red" } as const;
const sheet = new Uint8Array(await sharp({ create }).png().toBuffer());
const sheets = {
  "sheets.json": '{"width":2,"height":1}',
  "train.png": sheet,
  "train.jsonl": '{"captions":["red"]}\n{"captions":["red","all red"]}\n',
  "NOTES.md": "no part of the corpus",
};

describe("readCaptionCorpus", () => {
  it("reads sheets of pictures, which have their pixels already", async () => {
    const corpus = await readCaptionCorpus(memorySource("drawn", sheets));
    expect(corpus).toMatchObject({ name: "drawn", format: "sheets", warnings: [] });
    expect(Object.keys(corpus.splits)).toEqual(["train"]);
    expect(corpus.splits.train).toMatchObject([
      { name: "train.png#0", captions: ["red"], image: { width: 2, height: 1 } },
      { name: "train.png#1", captions: ["red", "all red"] },
    ]);
    expect(Object.keys(corpus.checksums).sort()).toEqual(["sheets.json", "train.jsonl", "train.png"]);
  });

  it("reads all other formats too, and the one that is asked for", async () => {
    const lines = { "train.jsonl": '{"image":"a.png","caption":"red"}', "a.png": sheet };
    expect((await readCaptionCorpus(memorySource("files", lines))).format).toBe("jsonl");
    const beside = { ...sheets, "train.txt": "all red" };
    const options = { format: "sidecar", missing: "skip" } as const;
    const corpus = await readCaptionCorpus(memorySource("files", beside), options);
    expect(corpus.splits.train).toMatchObject([{ name: "train.png", captions: ["all red"] }]);
    const asSheets = readCaptionCorpus(memorySource("files", lines), { format: "sheets" });
    await expect(asSheets).rejects.toMatchObject({ code: "SHEETS_FORMAT" });
  });
});
