import { type Report, type TrainRequest } from "@timestep/cli-kit";
import {
  readLessons,
  readScored,
  readSpeechCorpus,
  SpeechRecogniser,
  type SpeechSettings,
  speechTask,
} from "@timestep/speech";
import { runFiles } from "@timestep/training";
import { recordEnvironment } from "@timestep/training/node";
import { runReport } from "./run-report.js";
import { scoreSplit } from "./scoring.js";

/** `train`: reads everything first, trains, scores the dev split. */
export async function trainRecogniser(request: TrainRequest<SpeechSettings>): Promise<Report> {
  const { settings, data, run, engine, resume, maxMinutes, signal, progress } = request;
  const started = performance.now();
  const corpus = await readSpeechCorpus(data, settings);
  const { content: lessons, warnings } = await readLessons(corpus);
  const dev = await readScored(corpus, "dev");
  // Settings that no model can have show here; only then is anything written, or an earlier run replaced.
  const recogniser = SpeechRecogniser.untrained(lessons, settings);
  await recordEnvironment(run, { engine, seed: settings.seed, data: corpus.checksums });
  const { history } = await recogniser.fit(lessons, {
    dev: dev.content,
    store: run,
    resume,
    signal,
    ...(maxMinutes === undefined ? {} : { maxMinutes }),
    onProgress: progress.training,
    onEvaluation: progress.evaluation,
  });
  const scored = await scoreSplit(recogniser, dev.content, { decoding: "ctc" });
  await run.write(runFiles.report, await runReport({ recogniser, dev: dev.content, scored, history }));
  const leftOut = recogniser.leftOut(lessons);
  recogniser.dispose();
  const [baseline, ...others] = scored.baselines;
  return {
    task: speechTask,
    split: "dev",
    metrics: scored.scores.metrics,
    settings: `${scored.scores.signature} decode:ctc`,
    examples: dev.content.length,
    seconds: (performance.now() - started) / 1000,
    engine: engine.name,
    seed: settings.seed,
    ...(baseline === undefined ? {} : { baseline }),
    baselines: others,
    tables: scored.tables,
    notes: [...corpus.warnings, ...warnings, ...leftOut, ...dev.warnings],
  };
}
