import { type Report, type TrainRequest } from "@timestep/cli-kit";
import { SentimentClassifier, type SentimentSettings, sentimentTask } from "@timestep/sentiment";
import { recordEnvironment } from "@timestep/training/node";
import { openVectors, readCorpus, requireSplit } from "./corpus.js";
import { scoreSplit } from "./scoring.js";

/** `train`: reads everything first, trains, scores the dev split and writes the report. */
export async function trainSentiment(request: TrainRequest<SentimentSettings>): Promise<Report> {
  const { settings, data, run, engine, resume, maxMinutes, signal, progress } = request;
  const started = performance.now();
  const corpus = await readCorpus(data, settings);
  const examples = requireSplit(corpus, "train");
  const dev = requireSplit(corpus, "dev");
  const vectors = await openVectors(settings);
  // Settings that no model can have show here; only then is anything written, or an earlier run replaced.
  const classifier = SentimentClassifier.untrained(examples, settings, {
    labels: corpus.labels,
    ...(vectors === undefined ? {} : { vectors }),
  });
  await recordEnvironment(run, { engine, seed: settings.seed, data: corpus.checksums });
  await classifier.fit(examples, {
    dev,
    store: run,
    resume,
    signal,
    ...(maxMinutes === undefined ? {} : { maxMinutes }),
    onProgress: progress.training,
    onEvaluation: progress.evaluation,
  });
  const { scores, baseline, tables, notes } = await scoreSplit(classifier, dev);
  classifier.dispose();
  return {
    task: sentimentTask,
    split: "dev",
    metrics: scores.metrics,
    settings: scores.signature,
    examples: dev.length,
    seconds: (performance.now() - started) / 1000,
    engine: engine.name,
    seed: settings.seed,
    baseline,
    tables,
    notes: [...corpus.warnings, ...notes],
  };
}
