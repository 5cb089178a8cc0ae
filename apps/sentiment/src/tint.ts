import { type ClassifiedText, type WeighedToken } from "@timestep/sentiment";
import type { TintedPiece } from "@timestep/training/report";
import picocolors from "picocolors";

/** What words are coloured by. They are different things: see the guide. */
export type WeightKind = "gradient" | "attention";

/** Tints below this are left plain. */
const faint = 0.15;
const strong = 0.5;

/** A text in pieces, words and what is between them; the weightiest word has a tint of 1 or -1. */
export function piecesOf({ text, tokens }: ClassifiedText, kind: WeightKind): TintedPiece[] {
  const weights = tokens.map((token) => weightOf(token, kind));
  const most = weights.reduce((top, weight) => Math.max(top, Math.abs(weight)), 0);
  const pieces: TintedPiece[] = [];
  let from = 0;
  tokens.forEach(({ start, end }, at) => {
    if (start > from) pieces.push({ text: text.slice(from, start), tint: 0 });
    pieces.push({ text: text.slice(start, end), tint: most === 0 ? 0 : (weights[at] as number) / most });
    from = end;
  });
  if (from < text.length) pieces.push({ text: text.slice(from), tint: 0 });
  return pieces;
}

/** For a terminal: blue speaks for the label given, yellow against it; the strongest words are inverted. */
export function inColour(pieces: readonly TintedPiece[]): string {
  const { blue, yellow, inverse } = picocolors.createColors(true);
  return pieces
    .map(({ text, tint }) => {
      if (Math.abs(tint) < faint) return text;
      const coloured = tint > 0 ? blue(text) : yellow(text);
      return Math.abs(tint) < strong ? coloured : inverse(coloured);
    })
    .join("");
}

function weightOf({ weight, attention }: WeighedToken, kind: WeightKind): number {
  return kind === "gradient" ? weight : (attention ?? 0);
}
