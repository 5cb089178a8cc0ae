import { type Table } from "@timestep/cli-kit";
import { abstainCurve } from "@timestep/metrics";
import {
  type ClassifiedText,
  type CrossValidation,
  type SentimentClassifier,
  type SentimentExample,
} from "@timestep/sentiment";
import { type EvaluationRecord } from "@timestep/training";
import {
  curveChart,
  heatMap,
  type ReportSection,
  reportHtml,
  type TintedText,
} from "@timestep/training/report";
import { type ScoredSplit } from "./scoring.js";
import { piecesOf, type WeightKind } from "./tint.js";

/** Texts shown among the worst, and characters of each. */
const shownTexts = 20;
const shownCharacters = 1500;

export interface ReportParts {
  readonly classifier: SentimentClassifier;
  readonly dev: readonly SentimentExample[];
  readonly scored: ScoredSplit;
  readonly history: readonly EvaluationRecord[];
  readonly contrast: Table | undefined;
  readonly validation: CrossValidation | undefined;
}

/** `report.html` of a run: curves, scores beside the baselines', calibration, confusions, contrast set, worst texts. */
export async function runReport(parts: ReportParts): Promise<string> {
  const { classifier, history, scored, contrast, validation } = parts;
  const temperature = await classifier.model.temperature();
  const sections: ReportSection[] = [
    scoresSection(scored),
    ...scored.tables.map((table) => tableSection(table)),
    calibrationSection(scored, temperature),
    abstainSection(parts),
    ...(contrast === undefined ? [] : [tableSection(contrast)]),
    ...(validation === undefined ? [] : [validationSection(validation)]),
    confusions(scored),
    ...(await worstTexts(parts)),
  ];
  return reportHtml({ title: "Sentiment", config: classifier.settings, history, sections });
}

function scoresSection({ scores, baselines, notes }: ScoredSplit): ReportSection {
  return {
    title: "Dev split",
    text: [`Scored as ${scores.signature}.`, ...notes].join("\n"),
    table: {
      columns: ["score", "network", ...baselines.map(({ name }) => name)],
      rows: Object.entries(scores.metrics).map(([name, value]) => [
        name,
        value,
        ...baselines.map(({ metrics }) => metrics[name] ?? ""),
      ]),
    },
  };
}

function tableSection({ title, columns, rows }: Table): ReportSection {
  const shown = rows.map((row) => row.map((cell) => cell ?? ""));
  return { title: sentence(title ?? ""), table: { columns, rows: shown } };
}

function calibrationSection({ scores: { reliability } }: ScoredSplit, temperature: number): ReportSection {
  const filled = reliability.bins.filter(({ count }) => count > 0);
  const ends = [filled[0]?.confidence ?? 0, 100];
  return {
    title: "Calibration",
    text:
      `Calibration error ${reliability.error.toFixed(2)} % on the dev split, at the temperature ` +
      `${temperature.toPrecision(3)} that was fitted on it. On the line, what is said with a confidence is right as often.`,
    svg: curveChart({
      title: "Reliability",
      xName: "mean confidence, %",
      curves: [
        { name: "right, %", points: filled.map(({ confidence, accuracy }) => [confidence, accuracy]) },
        { name: "perfectly calibrated", points: ends.map((end) => [end, end]) },
      ],
    }),
    table: {
      columns: ["confidence above", "up to", "texts", "mean confidence %", "right %"],
      rows: filled.map(({ lower, upper, count, confidence, accuracy }) => [
        lower,
        upper,
        count,
        confidence,
        accuracy,
      ]),
    },
  };
}

function abstainSection({ dev, scored: { opinions } }: ReportParts): ReportSection {
  const curve = abstainCurve(
    opinions.map(({ confidence }) => confidence),
    opinions.map(({ label }, index) => label === dev[index]?.label),
  );
  return {
    title: "Abstaining",
    text: "How often the labels are right that are given, when those below a confidence are not.",
    svg: curveChart({
      title: "Accuracy by share answered",
      xName: "answered, %",
      curves: [
        {
          name: "right, %",
          points: curve
            .map(({ coverage, accuracy }) => [coverage, accuracy] as const)
            .sort(([a], [b]) => a - b),
        },
      ],
    }),
  };
}

function validationSection({ rounds, mean, spread }: CrossValidation): ReportSection {
  const names = Object.keys(mean);
  const row = (title: string | number, metrics: Readonly<Record<string, number>>): (string | number)[] => [
    title,
    ...names.map((name) => metrics[name] ?? ""),
  ];
  return {
    title: "Cross-validation",
    text: `${rounds.length} parts of the training split, each scored by a network that learnt from the others.`,
    table: {
      columns: ["round", ...names],
      rows: [
        ...rounds.map((metrics, index) => row(index + 1, metrics)),
        row("mean", mean),
        row("standard deviation", spread),
      ],
    },
  };
}

function confusions({ scores: { classes } }: ScoredSplit): ReportSection {
  const { labels, counts } = classes.confusion;
  return {
    title: "Confusions",
    svg: heatMap({
      title: "",
      rows: labels,
      columns: labels,
      values: counts,
      rowName: "gold",
      columnName: "predicted",
    }),
  };
}

/** The texts that are wrong with the most confidence, each word coloured by what it did. */
async function worstTexts({ classifier, dev, scored: { opinions } }: ReportParts): Promise<ReportSection[]> {
  const wrong = opinions
    .map((opinion, index) => ({ ...opinion, example: dev[index] as SentimentExample }))
    .filter(({ label, example }) => label !== example.label)
    .sort((a, b) => b.confidence - a.confidence);
  const shown = wrong.slice(0, shownTexts).map(({ example }) => example);
  const said = await classifier.classifyAll(shown, { abstainBelow: 0 });
  const tinted = (kind: WeightKind): TintedText[] =>
    said.map((text, index) => tintedText(text, shown[index] as SentimentExample, kind));
  const sections: ReportSection[] = [
    {
      title: "Worst texts: gradient × input",
      text: `${wrong.length} of ${dev.length} texts are wrong. Blue words speak for the label given, orange ones against it.`,
      tinted: tinted("gradient"),
    },
  ];
  if (said.some(({ tokens }) => tokens.some(({ attention }) => attention !== undefined))) {
    sections.push({
      title: "Worst texts: attention",
      text: "How much of the attention each word gets; it says where the network looked, not for which label.",
      tinted: tinted("attention"),
    });
  }
  return sections;
}

function tintedText(said: ClassifiedText, { label, where }: SentimentExample, kind: WeightKind): TintedText {
  const heading = `${where.file}:${where.line}, ${label}, taken for ${said.label ?? "nothing"} (${said.confidence.toFixed(2)}):`;
  let left = shownCharacters;
  const pieces = piecesOf(said, kind).filter(({ text }) => (left -= text.length) + text.length > 0);
  return { heading, pieces: left < 0 ? [...pieces, { text: "…", tint: 0 }] : pieces };
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
