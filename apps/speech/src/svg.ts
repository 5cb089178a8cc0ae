import { escapeHtml } from "@timestep/training/report";

/** Colours that can be told apart by most colour-blind readers (Okabe & Ito 2008), and grey. */
export const colours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f7f7f"] as const;

/** A static picture of parts, as wide as it is here where there is room. */
export function svgPage(width: number, height: number, parts: readonly string[]): string {
  return `<svg viewBox="0 0 ${width} ${height}" width="${width}" font-family="system-ui, sans-serif" font-size="12">${parts.join("")}</svg>`;
}

/** A text that begins at a point; it is escaped. */
export function svgText(x: number, y: number, content: string): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" fill="currentColor">${escapeHtml(content)}</text>`;
}
