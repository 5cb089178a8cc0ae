import { type Baseline as BaselineScores, type Table } from "@timestep/cli-kit";
import { UNLABELLED } from "@timestep/data";
import { classificationScores } from "@timestep/metrics";
import {
  type Baseline,
  type Opinion,
  orderedLabels,
  scoreOpinions,
  type SentimentClassifier,
  type SentimentExample,
  type SentimentScores,
  tokensOf,
  trainBaselines,
} from "@timestep/sentiment";

/** A classifier's scores on a split with those of the baselines, ready to print. */
export interface ScoredSplit {
  readonly scores: SentimentScores;
  readonly opinions: readonly Opinion[];
  /** Majority first. */
  readonly baselines: readonly BaselineScores[];
  readonly tables: readonly Table[];
  readonly notes: readonly string[];
}

/** The baselines that whole training texts make; none where there are no such texts, or all have one label. */
export function baselinesOf(train: readonly SentimentExample[] | undefined, seed: number): Baseline[] {
  const texts = (train ?? []).flatMap((example) =>
    example.label === UNLABELLED ? [] : [{ ...example, tokens: wordsOfExample(example) }],
  );
  const labels = [...new Set(texts.map(({ label }) => label))];
  return labels.length < 2 ? [] : trainBaselines(texts, { ordered: orderedLabels(labels), seed });
}

/** Scores one split; without baselines, the most frequent label of training stands in for them. */
export async function scoreSplit(
  classifier: SentimentClassifier,
  examples: readonly SentimentExample[],
  baselines: readonly Baseline[],
): Promise<ScoredSplit> {
  const gold = examples.map(({ label }) => label);
  const opinions = await classifier.opinions(examples);
  const scores = scoreOpinions(gold, opinions);
  const methods = baselines.length === 0 ? [mostFrequent(classifier)] : baselines;
  // A text at a time: the words of a whole corpus of reviews take a gigabyte.
  const labels = examples.map((example) => {
    const words = wordsOfExample(example);
    return methods.map(({ classify }) => classify(words));
  });
  const others = methods.map(({ name }, method) => {
    const { accuracy, macroF1 } = classificationScores(
      gold,
      labels.map((row) => row[method] as string),
    );
    return { name, metrics: { accuracy, macroF1 } };
  });
  const tables = [labelTable(scores), ...abstaining(classifier, gold, opinions)];
  return { scores, opinions, baselines: others, tables, notes: notesOn(classifier, gold, scores, others) };
}

function wordsOfExample(example: SentimentExample): string[] {
  return tokensOf(example).map(({ text }) => text);
}

/** What is known of training without its texts. */
function mostFrequent({ labelCounts, vocabulary }: SentimentClassifier): Baseline {
  const label = vocabulary.labels.label(labelCounts.indexOf(Math.max(...labelCounts)));
  return { name: "majority", signature: `label:${label}`, classify: () => label };
}

function labelTable({ classes }: SentimentScores): Table {
  const rows = [...classes.labels].map(([label, counts]) => [
    label,
    counts.precision,
    counts.recall,
    counts.f1,
    counts.gold,
    counts.predicted,
  ]);
  return { title: "by label", columns: ["label", "precision", "recall", "F1", "gold", "predicted"], rows };
}

/** What abstaining below the threshold of the settings buys. */
function abstaining(
  { settings: { abstainBelow } }: SentimentClassifier,
  gold: readonly string[],
  opinions: readonly Opinion[],
): Table[] {
  if (abstainBelow === 0) return [];
  const kept = opinions.flatMap(({ label, confidence }, index) =>
    confidence < abstainBelow ? [] : [label === gold[index]],
  );
  const right = kept.filter(Boolean).length;
  return [
    {
      title: `with no label below ${abstainBelow}`,
      columns: ["answered %", "of these right %"],
      rows: [
        [
          (100 * kept.length) / Math.max(1, gold.length),
          kept.length === 0 ? null : (100 * right) / kept.length,
        ],
      ],
    },
  ];
}

/** What caps a score or changes its meaning, and methods that do better. */
function notesOn(
  { vocabulary }: SentimentClassifier,
  gold: readonly string[],
  { metrics }: SentimentScores,
  others: readonly BaselineScores[],
): string[] {
  const notes: string[] = [];
  const unknown = gold.filter((label) => !vocabulary.labels.has(label)).length;
  if (unknown > 0) {
    notes.push(`${unknown} texts have a label that training does not: they cannot be right.`);
  }
  for (const { name, metrics: other } of others) {
    if ((other["accuracy"] as number) > (metrics["accuracy"] as number)) {
      notes.push(`${name} is better than the network here.`);
    }
  }
  return notes;
}
