import { type Report, type Table, type TrainRequest } from "@timestep/cli-kit";
import { requireSplit } from "@timestep/data";
import {
  crossValidate,
  type CrossValidation,
  SentimentClassifier,
  type SentimentSettings,
  sentimentTask,
} from "@timestep/sentiment";
import { runFiles } from "@timestep/training";
import { recordEnvironment } from "@timestep/training/node";
import { contrastTable, openContrast } from "./contrast.js";
import { openVectors, readCorpus } from "./corpus.js";
import { runReport } from "./run-report.js";
import { baselinesOf, scoreSplit } from "./scoring.js";

/** `train`: reads everything first, trains, scores the dev split and writes the report. */
export async function trainSentiment(request: TrainRequest<SentimentSettings>): Promise<Report> {
  const { settings, data, run, engine, resume, maxMinutes, signal, progress } = request;
  const started = performance.now();
  const corpus = await readCorpus(data, settings);
  const examples = requireSplit(corpus, "train");
  const dev = requireSplit(corpus, "dev");
  const pairs = await openContrast();
  const vectors = await openVectors(settings);
  const made = { labels: corpus.labels, ...(vectors === undefined ? {} : { vectors }) };
  // Settings that no model can have show here; only then is anything written, or an earlier run replaced.
  const classifier = SentimentClassifier.untrained(examples, settings, made);
  await recordEnvironment(run, { engine, seed: settings.seed, data: corpus.checksums });
  const { history } = await classifier.fit(examples, {
    dev,
    store: run,
    resume,
    signal,
    ...(maxMinutes === undefined ? {} : { maxMinutes }),
    onProgress: progress.training,
    onEvaluation: progress.evaluation,
  });
  const validation =
    settings.folds === 0
      ? undefined
      : await crossValidate(examples, settings, {
          ...made,
          signal,
          onRound: (round, { accuracy }) => {
            progress.line(`fold ${round} of ${settings.folds}: accuracy ${(accuracy as number).toFixed(2)}`);
          },
        });
  const baselines = baselinesOf(examples, settings.seed);
  const scored = await scoreSplit(classifier, dev, baselines);
  const contrast = pairs === undefined ? undefined : await contrastTable(classifier, baselines, pairs);
  await run.write(
    runFiles.report,
    await runReport({ classifier, dev, scored, history, contrast, validation }),
  );
  classifier.dispose();
  const [baseline, ...others] = scored.baselines;
  return {
    task: sentimentTask,
    split: "dev",
    metrics: { ...scored.scores.metrics, ...validationMetrics(validation) },
    settings:
      scored.scores.signature + (validation === undefined ? "" : ` folds:${validation.rounds.length}`),
    examples: dev.length,
    seconds: (performance.now() - started) / 1000,
    engine: engine.name,
    seed: settings.seed,
    ...(baseline === undefined ? {} : { baseline }),
    baselines: others,
    tables: [
      ...scored.tables,
      ...(contrast === undefined ? [] : [contrast]),
      ...(validation === undefined ? [] : [foldTable(validation)]),
    ],
    notes: [...corpus.warnings, ...scored.notes],
  };
}

/** `crossValidation…` and its spread, percentages. */
function validationMetrics(validation: CrossValidation | undefined): Record<string, number> {
  const { mean, spread } = validation ?? {};
  if (mean?.["accuracy"] === undefined || spread?.["accuracy"] === undefined) return {};
  return { crossValidationAccuracy: mean["accuracy"], crossValidationSpread: spread["accuracy"] };
}

function foldTable({ rounds, mean, spread }: CrossValidation): Table {
  const names = Object.keys(mean);
  const row = (title: string, metrics: Readonly<Record<string, number>>): (string | number | null)[] => [
    title,
    ...names.map((name) => metrics[name] ?? null),
  ];
  return {
    title: "cross-validation",
    columns: ["round", ...names],
    rows: [
      ...rounds.map((metrics, index) => row(String(index + 1), metrics)),
      row("mean", mean),
      row("standard deviation", spread),
    ],
    decimals: 2,
  };
}
