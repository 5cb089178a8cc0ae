import { type EvaluateRequest, type Report } from "@timestep/cli-kit";
import { SentimentClassifier, sentimentTask } from "@timestep/sentiment";
import { asSplit, readCorpus, requireSplit } from "./corpus.js";
import { scoreSplit } from "./scoring.js";

/** `evaluate`: scores a run on one split of a corpus. */
export async function evaluateSentiment({
  run,
  data,
  format,
  split,
  engine,
}: EvaluateRequest): Promise<Report> {
  const started = performance.now();
  const name = asSplit(split);
  const classifier = await SentimentClassifier.load(run);
  const corpus = await readCorpus(data, classifier.settings, format);
  const examples = requireSplit(corpus, name);
  const { scores, baseline, tables, notes } = await scoreSplit(classifier, examples);
  classifier.dispose();
  return {
    task: sentimentTask,
    split: name,
    metrics: scores.metrics,
    settings: scores.signature,
    examples: examples.length,
    seconds: (performance.now() - started) / 1000,
    engine: engine.name,
    seed: classifier.settings.seed,
    baseline,
    tables,
    notes: [...corpus.warnings, ...notes],
  };
}
