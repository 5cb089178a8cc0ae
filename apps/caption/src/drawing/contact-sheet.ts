import { escapeHtml } from "@timestep/training/report";
import sharp, { type OverlayOptions, type Sharp } from "sharp";
import { type Grid } from "./heat.js";
import { litPixels } from "./lit.js";
import { layOutSheet, type SheetLayout, type SheetText } from "./sheet-layout.js";
import { type Area, type PictureView } from "./view.js";

/** What a contact sheet shows. */
export interface SheetParts {
  readonly view: PictureView;
  /** What the picture is called. */
  readonly name: string;
  readonly caption: string;
  /** The words of the caption, each with the weights of the places that it looked at, row by row. */
  readonly words: readonly { readonly text: string; readonly places: ArrayLike<number> }[];
  readonly grid: Grid;
}

const background = "#15171c";
const inks: Readonly<Record<SheetText["kind"], string>> = {
  caption: "#f4f4f1",
  name: "#8d929c",
  word: "#f2cf7e",
};

/** A picture and its caption, and for each word the picture lit where the word looked; encode it as you like. */
export function contactSheet({ view, name, caption, words, grid }: SheetParts): Sharp {
  const { picture } = view;
  const layout = layOutSheet(
    picture,
    name,
    caption,
    words.map(({ text }) => text),
  );
  const pixels = [picture.pixels, ...words.map(({ places }) => litPixels(view, places, grid))];
  const tiles = pixels.map((input, index): OverlayOptions => {
    const { left, top, width, height } = layout.tiles[index] as Area;
    return { input: Buffer.from(input), raw: { width, height, channels: 3 }, left, top };
  });
  const { width, height } = layout;
  return sharp({ create: { width, height, channels: 3, background } })
    .composite([...tiles, { input: Buffer.from(textsSvg(layout)), left: 0, top: 0 }])
    .removeAlpha();
}

function textsSvg({ width, height, texts }: SheetLayout): string {
  const lines = texts.map(({ text, x, y, size, kind }) => {
    const anchor = kind === "word" ? ' text-anchor="middle"' : "";
    return `<text x="${x}" y="${y}" font-size="${size}" fill="${inks[kind]}"${anchor}>${safeXml(text)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="Inter, Helvetica, Arial, sans-serif">${lines.join("")}</svg>`;
}

/** Text between tags; characters that XML does not know become a dot. */
function safeXml(text: string): string {
  return escapeHtml(text.replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, "·"));
}
