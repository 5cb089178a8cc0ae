import { type SentencePair } from "@timestep/data";
import { type EvaluationRecord } from "@timestep/training";
import { reportHtml } from "@timestep/training/report";
import { type Translator } from "@timestep/translation";
import { type ScoredSplit } from "./scoring.js";

export interface ReportParts {
  readonly translator: Translator;
  readonly dev: readonly SentencePair[];
  readonly scored: ScoredSplit;
  readonly history: readonly EvaluationRecord[];
}

/** `report.html` of a run. */
export async function runReport({ translator, history }: ReportParts): Promise<string> {
  return reportHtml({ title: "Translation", config: translator.settings, history, sections: [] });
}
