import { memoryFile } from "@timestep/data";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { seenArea, shownSize, viewOf } from "./view.js";

describe("what is shown and what is seen", () => {
  it("keeps the shape of a picture, its longer side 224", () => {
    expect(shownSize({ width: 448, height: 224 })).toEqual({ width: 224, height: 112 });
    expect(shownSize({ width: 10, height: 20 })).toEqual({ width: 112, height: 224 });
    expect(shownSize({ width: 5000, height: 1 })).toEqual({ width: 224, height: 1 });
  });

  it("is all of a picture that is squeezed, and the middle of one that is cut", () => {
    const square = { width: 64, height: 64 };
    const size = { width: 224, height: 112 };
    expect(seenArea(size, { ...square, fit: "squeeze" })).toEqual({ left: 0, top: 0, ...size });
    expect(seenArea(size, { ...square, fit: "cover" })).toEqual({
      left: 56,
      top: 0,
      width: 112,
      height: 112,
    });
    const high = { width: 100, height: 224 };
    expect(seenArea(high, { width: 200, height: 100, fit: "cover" })).toEqual({
      ...{ left: 0, top: 87, width: 100, height: 50 },
    });
  });

  it("goes by what a network is given: the area seen is what sharp leaves of the picture", async () => {
    // Left third red, middle green, right third blue.
    const pixels = new Uint8Array(90 * 30 * 3);
    for (let i = 0; i < 90 * 30; i++) pixels[3 * i + Math.floor((i % 90) / 30)] = 255;
    const png = await sharp(pixels, { raw: { width: 90, height: 30, channels: 3 } })
      .png()
      .toBuffer();
    const file = memoryFile("stripes.png", png);
    const { picture, seen } = await viewOf(file, { width: 30, height: 30, fit: "cover" });
    expect([picture.name, picture.width, picture.height]).toEqual(["stripes.png", 224, 75]);
    const greens = Array.from({ length: 224 }, (_, x) => (picture.pixels[3 * (30 * 224 + x) + 1] ?? 0) > 127);
    expect(Math.abs(seen.left - greens.indexOf(true))).toBeLessThanOrEqual(1);
    expect(Math.abs(seen.left + seen.width - 1 - greens.lastIndexOf(true))).toBeLessThanOrEqual(1);
  });

  it("is all of what has its pixels already", async () => {
    const picture = { name: "sheet.png#3", width: 2, height: 1, pixels: Uint8Array.of(9, 9, 9, 9, 9, 9) };
    const view = await viewOf(picture, { width: 64, height: 64, fit: "cover" });
    expect(view.seen).toEqual({ left: 0, top: 0, width: 224, height: 112 });
  });
});
