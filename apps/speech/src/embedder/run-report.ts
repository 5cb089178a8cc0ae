import { type SpeechSettings } from "@timestep/speech";
import { type EvaluationRecord } from "@timestep/training";
import { reportHtml } from "@timestep/training/report";
import { tableSection, scoresTable } from "../report-tables.js";
import { type ScoredVectors } from "./scoring.js";
import { vectorPicture } from "./vector-picture.js";

/** What the report of an embedder is made of. */
export interface EmbedderReportParts {
  readonly settings: SpeechSettings;
  /** Of the dev split. */
  readonly scored: ScoredVectors;
  readonly history: readonly EvaluationRecord[];
}

/** `report.html` of an embedder: curves, scores, neighbours by word, and where the vectors of words lie. */
export function embedderReport({ settings, scored, history }: EmbedderReportParts): string {
  const { metrics, baselines, signature, byWord, vectors } = scored;
  const { svg, shares } = vectorPicture(vectors);
  const percent = shares.map((share) => `${(100 * share).toFixed(0)} %`).join(" and ");
  return reportHtml({
    title: "Vectors of spoken words",
    config: settings,
    history,
    sections: [
      {
        title: "Dev split",
        text: `Scored as ${signature}.`,
        table: scoresTable("vectors", metrics, baselines),
      },
      tableSection(byWord),
      {
        title: "Where words lie",
        text: `The plane in which the vectors of dev recordings differ most; its axes hold ${percent} of their variance. A point is a recording, a word stands at the middle of its own.`,
        svg,
      },
    ],
  });
}
