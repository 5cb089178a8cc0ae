import {
  calibration,
  type CalibrationScores,
  type ClassificationScores,
  classificationScores,
} from "@timestep/metrics";

/** What a classifier says of a text. */
export interface Opinion {
  readonly label: string;
  /** P(label), 0 to 1. */
  readonly confidence: number;
}

/** Scores of a classifier on labelled texts; percentages. */
export interface SentimentScores {
  /** `accuracy`, `macroF1`, `calibrationError`. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Per label, with the confusion matrix. */
  readonly classes: ClassificationScores;
  readonly reliability: CalibrationScores;
  /** How the scores were taken. */
  readonly signature: string;
}

/** Scores opinions against the labels of the same texts. */
export function scoreOpinions(gold: readonly string[], said: readonly Opinion[]): SentimentScores {
  const labels = said.map(({ label }) => label);
  const classes = classificationScores(gold, labels);
  const reliability = calibration(
    said.map(({ confidence }) => Math.min(1, Math.max(0, confidence))),
    gold.map((label, index) => label === labels[index]),
  );
  return {
    metrics: {
      accuracy: classes.accuracy,
      macroF1: classes.macroF1,
      calibrationError: reliability.error,
    },
    classes,
    reliability,
    signature: `${classes.signature} calibration:${reliability.signature}`,
  };
}
