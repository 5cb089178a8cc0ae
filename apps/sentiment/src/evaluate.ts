import { type EvaluateRequest, type Report } from "@timestep/cli-kit";
import { asSplit, requireSplit } from "@timestep/data";
import { SentimentClassifier, sentimentTask } from "@timestep/sentiment";
import { contrastTable, openContrast } from "./contrast.js";
import { readCorpus } from "./corpus.js";
import { baselinesOf, scoreSplit } from "./scoring.js";

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
  const { seed } = classifier.settings;
  const methods = baselinesOf(corpus.splits.train, seed);
  const { scores, baselines, tables, notes } = await scoreSplit(classifier, examples, methods);
  const pairs = await openContrast();
  const contrast = pairs === undefined ? undefined : await contrastTable(classifier, methods, pairs);
  classifier.dispose();
  const [baseline, ...others] = baselines;
  return {
    task: sentimentTask,
    split: name,
    metrics: scores.metrics,
    settings: scores.signature,
    examples: examples.length,
    seconds: (performance.now() - started) / 1000,
    engine: engine.name,
    seed,
    ...(baseline === undefined ? {} : { baseline }),
    baselines: others,
    tables: [...tables, ...(contrast === undefined ? [] : [contrast])],
    notes: [...corpus.warnings, ...notes],
  };
}
