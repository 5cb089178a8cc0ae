import { type Report, type TrainRequest } from "@timestep/cli-kit";
import { requirePairs } from "@timestep/data";
import { runFiles } from "@timestep/training";
import { recordEnvironment } from "@timestep/training/node";
import { type TranslationSettings, translationTask, Translator } from "@timestep/translation";
import { readCorpus } from "./corpus.js";
import { runReport } from "./run-report.js";
import { scoreSplit } from "./scoring.js";

/** `train`: reads everything first, trains, scores the dev split and writes the report. */
export async function trainTranslation(request: TrainRequest<TranslationSettings>): Promise<Report> {
  const { settings, data, run, engine, resume, maxMinutes, signal, progress } = request;
  const started = performance.now();
  const corpus = await readCorpus(data, settings);
  const pairs = requirePairs(corpus, "train");
  const dev = requirePairs(corpus, "dev");
  // Settings that no model can have show here; only then is anything written, or an earlier run replaced.
  const translator = Translator.untrained(pairs, settings, corpus.languages);
  await recordEnvironment(run, { engine, seed: settings.seed, data: corpus.checksums });
  const { history } = await translator.fit(pairs, {
    dev,
    store: run,
    resume,
    signal,
    ...(maxMinutes === undefined ? {} : { maxMinutes }),
    onProgress: progress.training,
    onEvaluation: progress.evaluation,
  });
  const scored = await scoreSplit(translator, dev, pairs, { align: true });
  await run.write(runFiles.report, await runReport({ translator, dev, scored, history }));
  translator.dispose();
  const [baseline, ...baselines] = scored.baselines;
  return {
    task: translationTask,
    split: "dev",
    metrics: scored.metrics,
    settings: scored.signature,
    examples: dev.length,
    seconds: (performance.now() - started) / 1000,
    engine: engine.name,
    seed: settings.seed,
    ...(baseline === undefined ? {} : { baseline }),
    baselines,
    notes: [...corpus.warnings, ...scored.notes],
  };
}
