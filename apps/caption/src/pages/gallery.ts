import { type ReportSection, sectionsHtml } from "@timestep/training/report";
import { inputOf, type Lookout } from "../attention.js";
import { type SplitLessons } from "../lessons.js";
import { type Member } from "../load-runs.js";
import { type ScoredSplit } from "../scoring.js";
import { endsAndMiddle, judged, type Judged } from "./judged.js";
import { attentionSection, picturesSection, scoresSection } from "./sections.js";

/** Pictures of each part of the gallery, and of those the ones whose attention is drawn. */
const each = 12;
const drawnEach = 2;

export interface GalleryParts {
  readonly title: string;
  readonly lessons: SplitLessons;
  readonly scored: ScoredSplit;
  /** Whose input the pictures are shown for. */
  readonly member: Member;
  /** Undefined where there is no attention to draw. */
  readonly lookout: Lookout | undefined;
}

/** One page of pictures with the best, the median and the worst captions of a split, and what their words looked at. */
export async function galleryHtml({
  title,
  lessons,
  scored,
  member,
  lookout,
}: GalleryParts): Promise<string> {
  const { best, median, worst } = endsAndMiddle(judged(lessons, scored), each);
  const input = inputOf(member);
  const parts: readonly (readonly [string, readonly Judged[]])[] = [
    ["Best", best],
    ["Median", median],
    ["Worst", worst],
  ];
  const sections: ReportSection[] = [scoresSection("Scores", scored)];
  for (const [name, shown] of parts) {
    if (shown.length > 0) sections.push(await picturesSection(`${name} by CIDEr-D`, shown, input));
  }
  if (lookout !== undefined) {
    const drawn = parts.flatMap(([, shown]) => shown.slice(0, drawnEach));
    sections.push(await attentionSection(drawn, lookout));
  }
  return sectionsHtml(title, sections);
}
