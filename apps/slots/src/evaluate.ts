import { type EvaluateRequest, type Report } from "@timestep/cli-kit";
import { asSplit, requireSplit } from "@timestep/data";
import { SlotTagger, slotTask } from "@timestep/slot-filling";
import { readCorpus } from "./corpus.js";
import { scoreSplit } from "./scoring.js";

/** `evaluate`: scores a run on one split of a corpus. */
export async function evaluateSlots({ run, data, format, split, engine }: EvaluateRequest): Promise<Report> {
  const started = performance.now();
  const name = asSplit(split);
  const tagger = await SlotTagger.load(run);
  const corpus = await readCorpus(data, format);
  const examples = requireSplit(corpus, name);
  const { scores, baseline, tables, notes } = await scoreSplit(tagger, examples);
  tagger.dispose();
  return {
    task: slotTask,
    split: name,
    metrics: scores.metrics,
    settings: scores.signature,
    examples: examples.length,
    seconds: (performance.now() - started) / 1000,
    engine: engine.name,
    seed: tagger.settings.seed,
    baseline,
    tables,
    notes: [...corpus.warnings, ...notes],
  };
}
