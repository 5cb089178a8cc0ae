import { type Report, type Table } from "@timestep/cli-kit";
import {
  type Opinion,
  scoreOpinions,
  type SentimentClassifier,
  type SentimentExample,
  type SentimentScores,
} from "@timestep/sentiment";

/** A classifier's scores on a split with those of the baselines, ready to print. */
export interface ScoredSplit {
  readonly scores: SentimentScores;
  readonly opinions: readonly Opinion[];
  readonly baseline: NonNullable<Report["baseline"]>;
  readonly tables: readonly Table[];
  readonly notes: readonly string[];
}

/** Scores one split. */
export async function scoreSplit(
  classifier: SentimentClassifier,
  examples: readonly SentimentExample[],
): Promise<ScoredSplit> {
  const gold = examples.map(({ label }) => label);
  const opinions = await classifier.opinions(examples);
  const scores = scoreOpinions(gold, opinions);
  const { labelCounts, vocabulary } = classifier;
  const most = labelCounts.indexOf(Math.max(...labelCounts));
  const share =
    (labelCounts[most] as number) /
    Math.max(
      1,
      labelCounts.reduce((sum, count) => sum + count, 0),
    );
  const majority = scoreOpinions(
    gold,
    gold.map(() => ({ label: vocabulary.labels.label(most), confidence: share })),
  );
  return {
    scores,
    opinions,
    baseline: { name: "most frequent label", metrics: majority.metrics },
    tables: [labelTable(scores)],
    notes: [],
  };
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
