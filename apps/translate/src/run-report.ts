import { type SentencePair } from "@timestep/data";
import { sentenceBleu } from "@timestep/metrics";
import { type EvaluationRecord } from "@timestep/training";
import { heatMap, type ReportSection, reportHtml } from "@timestep/training/report";
import { type AlignedTranslation, type Translator } from "@timestep/translation";
import { type ScoredSplit } from "./scoring.js";

/** Alignments drawn, the longest sentence among them, and translations listed as the worst. */
const drawnAlignments = 6;
const drawnWords = 25;
const worstShown = 20;
/** Pairs on which a free run is compared with a guided one. */
const exposedPairs = 200;

export interface ReportParts {
  readonly translator: Translator;
  readonly dev: readonly SentencePair[];
  readonly scored: ScoredSplit;
  readonly history: readonly EvaluationRecord[];
}

/** `report.html` of a run: curves, scores beside the baselines', exposure bias, alignments, worst translations. */
export async function runReport(parts: ReportParts): Promise<string> {
  const { translator, history, scored } = parts;
  const sections: ReportSection[] = [
    scoresSection(scored),
    await exposureSection(parts),
    ...alignmentSections(scored.translations),
    worstSection(parts),
  ];
  return reportHtml({ title: "Translation", config: translator.settings, history, sections });
}

function scoresSection({ metrics, signature, baselines, notes }: ScoredSplit): ReportSection {
  return {
    title: "Dev split",
    text: [`Scored as ${signature}.`, ...notes].join("\n"),
    table: {
      columns: ["score", "network", ...baselines.map(({ name }) => name)],
      rows: Object.entries(metrics).map(([name, value]) => [
        name,
        value,
        ...baselines.map((other) => other.metrics[name] ?? ""),
      ]),
    },
  };
}

async function exposureSection({ translator, dev }: ReportParts): Promise<ReportSection> {
  const pairs = dev.slice(0, exposedPairs);
  const guided = (await translator.forcedLoss(pairs)).loss;
  const free = (await translator.forcedLoss(pairs, { freeRunning: true })).loss;
  return {
    title: "Exposure bias",
    text:
      `Mean loss of a unit of the first ${pairs.length} pairs when each step reads the true unit before it, as in training, ` +
      "and when it reads what the network itself said there. The gap is what the network's own mistakes cost it.",
    table: {
      columns: ["teacher-forced", "free-running", "gap"],
      rows: [[guided, free, free - guided]],
    },
  };
}

/** What the words of some translations look at, short ones that a page can show. */
function alignmentSections(translations: readonly AlignedTranslation[]): ReportSection[] {
  const shown = translations
    .filter(
      ({ words }) => words !== undefined && words.target.length > 1 && words.source.length <= drawnWords,
    )
    .slice(0, drawnAlignments);
  return shown.flatMap(({ source, translation, words }, index) =>
    words === undefined
      ? []
      : [
          {
            title: `Attention ${index + 1}`,
            text: `${source}\n${translation}`,
            svg: heatMap({
              title: "",
              rows: words.target,
              columns: words.source,
              values: words.weights.map((row) => [...row]),
              rowName: "translation",
              columnName: "source",
            }),
          },
        ],
  );
}

/** The translations with the least BLEU of their own. */
function worstSection({ dev, scored: { translations } }: ReportParts): ReportSection {
  const judged = translations.map(({ source, translation }, index) => {
    const { target, where } = dev[index] as SentencePair;
    const { bleu } = sentenceBleu([target], translation, { lowercase: true });
    return { place: `${where.source.file}:${where.source.line}`, source, translation, target, bleu };
  });
  const worst = judged.sort((a, b) => a.bleu - b.bleu).slice(0, worstShown);
  return {
    title: "Worst translations",
    table: {
      columns: ["place", "source", "translation", "reference", "BLEU"],
      rows: worst.map(({ place, source, translation, target, bleu }) => [
        place,
        source,
        translation,
        target,
        bleu,
      ]),
    },
  };
}
