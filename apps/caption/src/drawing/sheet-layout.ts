import { type Size } from "./heat.js";
import { type Area } from "./view.js";

/** Distances of a sheet, in pixels. */
const margin = 24;
const gap = 16;
/** Room for the word below a tile. */
const wordHeight = 30;
/** A tile has at least so much room across, so that the word below fits. */
const leastAcross = 112;
const lineHeight = 30;
const captionSize = 22;
const nameHeight = 24;
/** Width of a character of a sans serif, as a share of the size of the letters. */
const characterWidth = 0.56;

/** Where everything of a contact sheet lies. */
export interface SheetLayout extends Size {
  /** The picture first, then one for each word. */
  readonly tiles: readonly Area[];
  readonly texts: readonly SheetText[];
}

/** A line of text; `x` and `y` are those of the middle, or of the left end, of its base line. */
export interface SheetText {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly size: number;
  readonly kind: "caption" | "name" | "word";
}

/** Tiles in rows below the caption, so that the whole is wider than high. */
export function layOutSheet(
  tile: Size,
  name: string,
  caption: string,
  words: readonly string[],
): SheetLayout {
  const count = words.length + 1;
  const across = Math.max(leastAcross, tile.width);
  const down = tile.height + wordHeight;
  const columns = Math.min(count, Math.max(3, Math.ceil(Math.sqrt((1.5 * count * down) / across))));
  const rows = Math.ceil(count / columns);
  const width = 2 * margin + Math.max(3, columns) * (across + gap) - gap;
  const lines = wrapped(caption, Math.floor((width - 2 * margin) / (captionSize * characterWidth)));
  const top = margin + lines.length * lineHeight + nameHeight;
  const tiles = Array.from({ length: count }, (_, index): Area => {
    const left = margin + (index % columns) * (across + gap) + Math.floor((across - tile.width) / 2);
    return { left, top: top + Math.floor(index / columns) * (down + gap), ...tile };
  });
  const texts = [
    ...lines.map((text, line): SheetText => {
      return { text, x: margin, y: margin + 20 + line * lineHeight, size: captionSize, kind: "caption" };
    }),
    {
      text: fitted(name, 13, width - 2 * margin),
      x: margin,
      y: margin + lines.length * lineHeight + 8,
      size: 13,
      kind: "name" as const,
    },
    ...words.map((word, index): SheetText => {
      const { left, top: above } = tiles[index + 1] as Area;
      const size = Math.max(10, Math.min(17, across / (characterWidth * Math.max(1, word.length))));
      const x = left + tile.width / 2;
      return { text: fitted(word, size, across), x, y: above + tile.height + 21, size, kind: "word" };
    }),
  ];
  return { width, height: top + rows * (down + gap) - gap + margin - 6, tiles, texts };
}

/** A text in lines of about so many characters, cut at blanks. */
function wrapped(text: string, most: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (longer.length > most && line !== "") {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line].map((whole) => fitted(whole, 1, most * characterWidth));
}

/** A text with its end left out where it has no room. */
function fitted(text: string, size: number, room: number): string {
  const most = Math.max(1, Math.floor(room / (size * characterWidth)));
  const characters = [...text];
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join("")}…`;
}
