import { formatAlignment } from "@timestep/metrics";
import { type SpeechRecogniser, type Utterance } from "@timestep/speech";
import { type EvaluationRecord } from "@timestep/training";
import { type ReportSection, reportHtml } from "@timestep/training/report";
import { scoresTable, tableSection } from "../report-tables.js";
import { type ScoredSplit } from "./scoring.js";
import { utterancePicture } from "./utterance-picture.js";

/** Utterances that are pictured: those with most errors, or the first where all are right. */
const pictured = 6;

export interface ReportParts {
  readonly recogniser: SpeechRecogniser;
  readonly dev: readonly Utterance[];
  readonly scored: ScoredSplit;
  readonly history: readonly EvaluationRecord[];
}

/** `report.html` of a run: curves, scores beside the baselines', and what the network made of some utterances. */
export async function runReport({ recogniser, dev, scored, history }: ReportParts): Promise<string> {
  const { scores, baselines, tables, speed } = scored;
  const sections: ReportSection[] = [
    {
      title: "Dev split",
      text: `Scored as ${scores.signature}.\nReal-time factor ${(speed["realTimeFactor"] ?? 0).toFixed(4)}: seconds of computing for each second of sound.`,
      table: scoresTable("network", scores.metrics, baselines),
    },
    ...tables.map(tableSection),
  ];
  for (const place of worst(scored)) sections.push(await utteranceSection(recogniser, scored, dev, place));
  return reportHtml({ title: "Speech", config: recogniser.settings, history, sections });
}

function worst({ scores }: ScoredSplit): number[] {
  const errors = scores.words.alignments.map(
    (pairs) => pairs.filter(({ operation }) => operation !== "correct").length,
  );
  return errors
    .map((_, place) => place)
    .sort((a, b) => (errors[b] as number) - (errors[a] as number) || a - b)
    .slice(0, pictured);
}

async function utteranceSection(
  recogniser: SpeechRecogniser,
  { scores, texts }: ScoredSplit,
  dev: readonly Utterance[],
  place: number,
): Promise<ReportSection> {
  const { id, clip, text } = dev[place] as Utterance;
  const sound = clip();
  const [emissions] = await recogniser.emissions([() => sound]);
  const { words } = await recogniser.recognise(sound);
  const svg =
    emissions === undefined
      ? ""
      : utterancePicture({
          seconds: sound.samples.length / sound.sampleRateHz,
          features: recogniser.listener.features(sound),
          emissions,
          alphabet: recogniser.labels.alphabet,
          words,
        });
  return {
    title: `${id}: ${text}`,
    text: `Heard: ${texts[place] ?? ""}\n${formatAlignment(scores.words.alignments[place] ?? [])}Above, the sound, high notes on top; below, how likely each label is, and the words.`,
    svg,
  };
}
