import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { contactSheet, type SheetParts } from "./contact-sheet.js";
import { layOutSheet } from "./sheet-layout.js";
import { type Area, type PictureView } from "./view.js";

const grid = { rows: 2, columns: 2 };

/** An orange picture, of which a middle part was seen. */
function view(width: number, height: number, seen: Area): PictureView {
  const pixels = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) pixels.set([240, 120, 0], 3 * i);
  return { picture: { name: "orange", width, height, pixels }, seen };
}

/** The reds of an area of a sheet, which is decoded once. */
class Reds {
  private constructor(
    readonly width: number,
    readonly height: number,
    private readonly pixels: Uint8Array,
  ) {}

  static async of(parts: SheetParts): Promise<Reds> {
    const png = await contactSheet(parts).png().toBuffer();
    const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
    expect(info.channels).toBe(3);
    return new Reds(info.width, info.height, data);
  }

  in({ left, top, width, height }: Area): number[] {
    return Array.from({ length: width * height }, (_, i) => {
      const [x, y] = [left + (i % width), top + Math.floor(i / width)];
      return this.pixels[3 * (y * this.width + x)] as number;
    });
  }

  mean(area: Area): number {
    const reds = this.in(area);
    return reds.reduce((sum, red) => sum + red, 0) / reds.length;
  }
}

const words = [
  { text: "upper", places: [0.7, 0.1, 0.1, 0.1] },
  { text: "<b>&", places: [0.02, 0.02, 0.02, 0.94] },
];

describe("a contact sheet", () => {
  it("shows the picture as it is, and lights each tile where its word looked", async () => {
    const seen = { left: 0, top: 0, width: 224, height: 160 };
    const parts = { view: view(224, 160, seen), name: "orange.png", caption: "upper <b>&", words, grid };
    const sheet = await Reds.of(parts);
    const layout = layOutSheet({ width: 224, height: 160 }, parts.name, parts.caption, ["upper", "<b>&"]);
    expect([sheet.width, sheet.height]).toEqual([layout.width, layout.height]);
    const [plain, ...lit] = layout.tiles as [Area, ...Area[]];
    expect(sheet.mean(plain)).toBe(240);
    const [upper, lower] = lit as [Area, Area];
    const quarter = (tile: Area, place: number): Area => ({
      left: tile.left + (place % 2) * 112,
      top: tile.top + Math.floor(place / 2) * 80,
      width: 112,
      height: 80,
    });
    const quarters = (tile: Area): number[] => [0, 1, 2, 3].map((place) => sheet.mean(quarter(tile, place)));
    const [ofUpper, ofLower] = [quarters(upper), quarters(lower)];
    expect(ofUpper.indexOf(Math.max(...ofUpper))).toBe(0);
    expect(ofLower.indexOf(Math.max(...ofLower))).toBe(3);
    // The brightest point is as bright as the picture.
    const corner = { left: upper.left, top: upper.top, width: 1, height: 1 };
    expect(sheet.mean(corner)).toBeGreaterThan(235);
    expect(ofLower[0]).toBeLessThan(60);
  });

  it("leaves dark what the network was not shown", async () => {
    const parts = {
      ...{
        view: view(224, 112, { left: 56, top: 0, width: 112, height: 112 }),
        name: "wide",
        caption: "upper",
      },
      ...{ words: [{ text: "upper", places: [0.25, 0.25, 0.25, 0.25] }], grid },
    };
    const sheet = await Reds.of(parts);
    const { tiles } = layOutSheet({ width: 224, height: 112 }, "wide", "upper", ["upper"]);
    const { left, top } = tiles[1] as Area;
    expect(sheet.mean({ left: left + 56, top, width: 112, height: 112 })).toBeCloseTo(240, 0);
    expect(sheet.mean({ left, top, width: 56, height: 112 })).toBeLessThan(40);
    expect(sheet.mean({ left: left + 168, top, width: 56, height: 112 })).toBeLessThan(40);
  });

  it("writes the words below their tiles", async () => {
    const seen = { left: 0, top: 0, width: 224, height: 224 };
    const sheet = await Reds.of({
      ...{ view: view(224, 224, seen), name: "", caption: "", grid },
      words: [{ text: "HHHHHHHH", places: [1, 0, 0, 0] }],
    });
    const { tiles } = layOutSheet({ width: 224, height: 224 }, "", "", ["HHHHHHHH"]);
    const below = ({ left, top, width, height }: Area): number[] =>
      sheet.in({ left, top: top + height + 4, width, height: 22 });
    const [plain, word] = tiles as [Area, Area];
    expect(Math.max(...below(word))).toBeGreaterThan(150);
    expect(Math.max(...below(plain))).toBeLessThan(60);
  });

  it.each([
    [224, 1, 1],
    [1, 224, 3],
    [224, 224, 30],
    [224, 149, 100],
  ])("keeps everything inside and apart: tiles of %d×%d, %d words", (width, height, count) => {
    const named = Array.from({ length: count }, (_, i) =>
      i === 0 ? "incomprehensibilities".repeat(4) : "w",
    );
    const layout = layOutSheet({ width, height }, "n".repeat(500), named.join(" "), named);
    expect(layout.tiles).toHaveLength(count + 1);
    for (const [index, tile] of layout.tiles.entries()) {
      expect(tile.left).toBeGreaterThanOrEqual(0);
      expect(tile.left + width).toBeLessThanOrEqual(layout.width);
      expect(tile.top + height).toBeLessThanOrEqual(layout.height);
      for (const other of layout.tiles.slice(index + 1)) {
        const apart =
          Math.abs(tile.left - other.left) >= width + 8 || Math.abs(tile.top - other.top) >= height + 30;
        expect(apart).toBe(true);
      }
    }
    for (const { text, size } of layout.texts) {
      expect([...text].length * size * 0.56).toBeLessThanOrEqual(layout.width);
    }
  });
});
