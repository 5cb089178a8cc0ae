import { type AudioFeatures } from "@timestep/data";
import { type SpeechRecogniser } from "@timestep/speech";
import { escapeHtml } from "@timestep/training/report";
import { colours, svgPage, svgText } from "../svg.js";

/** What a picture of an utterance shows, all along the same axis of time. */
export interface UtterancePicture {
  readonly seconds: number;
  readonly features: AudioFeatures;
  /** Log probabilities of the labels in each step. */
  readonly emissions: Awaited<ReturnType<SpeechRecogniser["emissions"]>>[number];
  /** How each class is written; the blank, class 0, is left out. */
  readonly alphabet: readonly string[];
  readonly words: readonly { readonly text: string; readonly start: number; readonly end: number }[];
}

const width = 720;
const bandHeight = 4;
const mostBands = 24;
const mostColumns = 120;
const levels = 8;
const curveHeight = 80;

/** Spectrogram, probabilities of labels and words of an utterance as static SVG; all texts are escaped. */
export function utterancePicture(picture: UtterancePicture): string {
  const spectrogram = spectrogramRects(picture.features);
  const top = spectrogram.height;
  const bottom = top + 10 + curveHeight;
  const parts = [
    ...spectrogram.rects,
    ...curves(picture, bottom),
    ...wordMarks(picture, bottom),
    svgText(0, bottom + 34, `0 to ${picture.seconds.toFixed(2)} s`),
  ];
  return svgPage(width, bottom + 40, parts);
}

/** Energies in a few levels, equal neighbours as one rectangle; low bands are at the bottom. */
function spectrogramRects({ values, frames, size }: AudioFeatures): { rects: string[]; height: number } {
  const bands = Math.min(size, mostBands);
  const columns = Math.min(frames, mostColumns);
  const cells = Array.from({ length: bands }, (_, band) =>
    Array.from({ length: columns }, (_, column) => {
      const t = Math.floor(((column + 0.5) * frames) / columns);
      const i = Math.floor(((band + 0.5) * size) / bands);
      return values[t * size + i] as number;
    }),
  );
  const sorted = cells.flat().sort((a, b) => a - b);
  const low = sorted[Math.floor(0.05 * sorted.length)] ?? 0;
  const high = sorted[Math.floor(0.98 * sorted.length)] ?? 1;
  const level = (value: number): number =>
    Math.max(0, Math.min(levels - 1, Math.floor((levels * (value - low)) / Math.max(1e-6, high - low))));
  const rects: string[] = [];
  cells.forEach((row, band) => {
    const y = (bands - 1 - band) * bandHeight;
    for (let from = 0; from < columns;) {
      const own = level(row[from] as number);
      let to = from + 1;
      while (to < columns && level(row[to] as number) === own) to++;
      if (own > 0) {
        const x = ((from * width) / columns).toFixed(1);
        const wide = (((to - from) * width) / columns).toFixed(1);
        rects.push(
          `<rect x="${x}" y="${y}" width="${wide}" height="${bandHeight}" fill="#0072b2" opacity="${(own / (levels - 1)).toFixed(2)}"/>`,
        );
      }
      from = to;
    }
  });
  return { rects, height: bands * bandHeight };
}

/** The probability of each label that is ever likely; the axis is the length of the clip. */
function curves({ emissions, alphabet }: UtterancePicture, bottom: number): string[] {
  const { values, frames, classes } = emissions;
  const lines: string[] = [];
  for (let label = 1; label < classes; label++) {
    const row = Array.from({ length: frames }, (_, t) => Math.exp(values[t * classes + label] as number));
    const highest = Math.max(0, ...row);
    if (highest < 0.1) continue;
    const colour = colours[lines.length % colours.length] as string;
    const x = (t: number): number => ((t + 0.5) * width) / frames;
    const points = row.map((p, t) => `${x(t).toFixed(1)},${(bottom - p * curveHeight).toFixed(1)}`).join(" ");
    const title = `<title>${escapeHtml(alphabet[label] ?? "")}</title>`;
    lines.push(
      `<polyline fill="none" stroke="${colour}" stroke-width="1.5" points="${points}">${title}</polyline>`,
    );
  }
  return lines;
}

function wordMarks({ words, seconds }: UtterancePicture, bottom: number): string[] {
  const x = (time: number): number => (Math.min(time, seconds) / Math.max(seconds, 1e-3)) * width;
  return words.flatMap(({ text: word, start, end }) => [
    `<rect x="${x(start).toFixed(1)}" y="${bottom + 2}" width="${Math.max(1, x(end) - x(start)).toFixed(1)}" height="3" fill="currentColor"/>`,
    svgText(x(start), bottom + 18, word),
  ]);
}
