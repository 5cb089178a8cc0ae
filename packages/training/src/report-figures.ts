import { ConfigError } from "@timestep/base";
import { escapeHtml } from "./escape-html.js";

/** A picture with what is said of it. */
export interface ReportFigure {
  /** The picture itself as a data URL, such as `data:image/jpeg;base64,…`: a page loads nothing. */
  readonly image: string;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** For readers who do not see it. */
  readonly alternative: string;
  readonly heading: string;
  /** In small print below the heading. */
  readonly note?: string;
  /** A list below. */
  readonly lines?: readonly string[];
  /** Whether it takes the whole width of the page. Default false. */
  readonly wide?: boolean;
}

export const figureStyle = `
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(224px, 1fr)); gap: 1.6rem 1.2rem; }
figure { margin: 0; min-width: 0; }
figure.wide { grid-column: 1 / -1; }
figure img { display: block; max-width: 100%; height: auto; border-radius: 6px; }
figcaption { overflow-wrap: anywhere; }
figcaption strong { display: block; margin-top: 0.4rem; line-height: 1.3; }
figcaption small { opacity: 0.7; font-variant-numeric: tabular-nums; }
figcaption ul { margin: 0.3rem 0 0; padding-left: 1.1rem; font-size: 13px; line-height: 1.4; opacity: 0.85; }
`;

/**
 * Figures in a grid as wide as the page.
 *
 * @throws {ConfigError} REPORT_FIGURE when an image is no data URL of a picture.
 */
export function figuresHtml(figures: readonly ReportFigure[]): string {
  return `<div class="figures">${figures.map(figureHtml).join("\n")}</div>`;
}

function figureHtml(figure: ReportFigure): string {
  const { image, width, height, alternative, heading, note, lines = [], wide = false } = figure;
  if (!/^data:image\/(jpeg|png|webp);base64,[A-Za-z0-9+/=]*$/.test(image)) {
    throw new ConfigError("REPORT_FIGURE", `the picture of "${heading}" is no data URL of a picture.`, {
      hint: "Encode it as JPEG, PNG or WebP in base64: pages of reports load nothing.",
    });
  }
  const said = [
    ...(heading === "" ? [] : [`<strong>${escapeHtml(heading)}</strong>`]),
    ...(note === undefined ? [] : [`<small>${escapeHtml(note)}</small>`]),
    ...(lines.length === 0
      ? []
      : [`<ul>${lines.map((line) => `<li>${escapeHtml(line)}</li>`).join("")}</ul>`]),
  ].join("");
  const picture = `<img src="${image}" width="${width}" height="${height}" alt="${escapeHtml(alternative)}" loading="lazy">`;
  return `<figure${wide ? ' class="wide"' : ""}>${picture}<figcaption>${said}</figcaption></figure>`;
}
