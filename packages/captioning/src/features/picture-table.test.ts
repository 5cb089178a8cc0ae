import { describe, expect, it } from "vitest";
import { type Picture } from "../picture.js";
import { MeanTable, PixelTable } from "./picture-table.js";

const picture = (name: string, width: number, height: number, first: number): Picture => ({
  name,
  width,
  height,
  pixels: Uint8Array.from({ length: width * height * 3 }, (_, i) => first + i),
});
const refusal = (code: string): Error => expect.objectContaining({ code }) as Error;

describe("PixelTable", () => {
  it("has bytes around zero, in the order of the rows that are asked for", () => {
    const table = new PixelTable([picture("a", 2, 1, 0), picture("b", 2, 1, 250)]);
    expect([table.count, ...table.shape]).toEqual([2, 1, 2, 3]);
    const bytes = [250, 251, 252, 253, 254, 255, 0, 1, 2, 3, 4, 5];
    expect(Array.from(table.gridsOf([1, 0]))).toEqual(bytes.map((byte) => (byte - 128) / 128));
  });

  it("refuses pictures of several sizes, none, and rows that it lacks", () => {
    const one = picture("a", 2, 1, 0);
    expect(() => new PixelTable([one, picture("b", 1, 2, 0)])).toThrow(refusal("PICTURE_SIZES"));
    expect(() => new PixelTable([])).toThrow(refusal("PICTURE_SIZES"));
    for (const row of [-1, 1, 0.5])
      expect(() => new PixelTable([one]).gridsOf([row])).toThrow(refusal("PICTURE_ROW"));
  });
});

describe("MeanTable", () => {
  it("gives the means of features as grids of one place", () => {
    const table = new MeanTable(Float32Array.of(0, 5, 1, 10, 2, 20), 2);
    expect([table.count, ...table.shape]).toEqual([3, 1, 1, 2]);
    expect(Array.from(table.gridsOf([2, 1]))).toEqual([2, 20, 1, 10]);
    expect(Array.from(table.meansOf([2, 1]))).toEqual([2, 20, 1, 10]);
    for (const row of [-1, 3, 0.5]) expect(() => table.gridsOf([row])).toThrow(refusal("PICTURE_ROW"));
  });
});
