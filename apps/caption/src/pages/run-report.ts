import { type CaptioningSettings } from "@timestep/captioning";
import { type EvaluationRecord } from "@timestep/training";
import { type ReportSection, reportHtml } from "@timestep/training/report";
import { type Lookout } from "../attention.js";
import { type NetworkInput } from "../drawing/view.js";
import { type SplitLessons } from "../lessons.js";
import { type ScoredSplit } from "../scoring.js";
import { endsAndMiddle, judged } from "./judged.js";
import { attentionSection, picturesSection, scoresSection } from "./sections.js";

/** Pictures listed as the worst, and pictures whose attention is drawn. */
const worstShown = 12;
const drawn = 4;

export interface ReportParts {
  readonly settings: CaptioningSettings;
  readonly dev: SplitLessons;
  readonly scored: ScoredSplit;
  readonly history: readonly EvaluationRecord[];
  readonly input: NetworkInput;
  /** Undefined where there is no attention to draw. */
  readonly lookout: Lookout | undefined;
}

/** `report.html` of a run: curves, scores beside the baselines', attention, worst captions. */
export async function runReport({
  settings,
  dev,
  scored,
  history,
  input,
  lookout,
}: ReportParts): Promise<string> {
  const ranked = judged(dev, scored);
  const { median } = endsAndMiddle(ranked, drawn);
  const sections: ReportSection[] = [scoresSection("Dev split", scored)];
  if (lookout !== undefined) sections.push(await attentionSection(median, lookout));
  const { worst } = endsAndMiddle(ranked, worstShown);
  if (worst.length > 0) sections.push(await picturesSection("Worst captions by CIDEr-D", worst, input));
  return reportHtml({ title: "Captions", config: settings, history, sections });
}
