import { type EvaluateRequest, type Report } from "@timestep/cli-kit";
import { requirePairs } from "@timestep/data";
import { translationTask } from "@timestep/translation";
import { readCorpus } from "./corpus.js";
import { searchOptions } from "./flags.js";
import { loadRuns } from "./load-runs.js";
import { scoreSplit } from "./scoring.js";

/** `evaluate`: scores a run on one split of a corpus. */
export async function evaluateTranslation(request: EvaluateRequest): Promise<Report> {
  const { runs, data, format, split, engine, flags } = request;
  const started = performance.now();
  const { translator, others, dispose } = await loadRuns(runs);
  const { settings } = translator;
  const corpus = await readCorpus(data, settings, format);
  const pairs = requirePairs(corpus, split);
  const options = { ...searchOptions(flags, [translator, ...others]), with: others };
  const scored = await scoreSplit(translator, pairs, corpus.splits["train"], options);
  dispose();
  const [baseline, ...baselines] = scored.baselines;
  return {
    task: translationTask,
    split,
    metrics: scored.metrics,
    settings: scored.signature,
    examples: pairs.length,
    seconds: (performance.now() - started) / 1000,
    engine: engine.name,
    seed: settings.seed,
    ...(baseline === undefined ? {} : { baseline }),
    baselines,
    notes: [...corpus.warnings, ...scored.notes],
  };
}
