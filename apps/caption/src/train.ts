import { Captioner, type CaptioningSettings, captioningTask } from "@timestep/captioning";
import { type Report, type TrainRequest } from "@timestep/cli-kit";
import { requireSplit } from "@timestep/data";
import { runFiles } from "@timestep/training";
import { recordEnvironment } from "@timestep/training/node";
import { inputOf, lookoutOf } from "./attention.js";
import { lessonsOf, readCorpus } from "./lessons.js";
import { openNetwork } from "./network.js";
import { runReport } from "./pages/run-report.js";
import { scoreSplit } from "./scoring.js";

/** `train`: reads everything first, trains, scores the dev split and writes the report. */
export async function trainCaptions(request: TrainRequest<CaptioningSettings>): Promise<Report> {
  const { settings, data, run, engine, resume, maxMinutes, signal, progress } = request;
  const started = performance.now();
  const corpus = await readCorpus(data, settings);
  const features = await openNetwork(settings);
  const lessons = await lessonsOf(requireSplit(corpus, "train"), settings, features, progress);
  const dev = await lessonsOf(requireSplit(corpus, "dev"), settings, features, progress);
  // Settings that no model can have show here; only then is anything written, or an earlier run replaced.
  const captioner = Captioner.untrained(
    lessons,
    settings,
    features === undefined ? {} : { network: features.network.fingerprint },
  );
  const member = { captioner, features };
  const [input, lookout] = [inputOf(member), lookoutOf({ members: [member] })];
  features?.network.dispose();
  await recordEnvironment(run, { engine, seed: settings.seed, data: corpus.checksums });
  const { history } = await captioner.fit(lessons, {
    dev,
    store: run,
    resume,
    signal,
    ...(maxMinutes === undefined ? {} : { maxMinutes }),
    onProgress: progress.training,
    onEvaluation: progress.evaluation,
  });
  const scored = await scoreSplit(captioner, dev, lessons, { attention: lookout !== undefined });
  await run.write(runFiles.report, await runReport({ settings, dev, scored, history, input, lookout }));
  captioner.dispose();
  const [baseline, ...baselines] = scored.baselines;
  return {
    task: captioningTask,
    split: "dev",
    metrics: scored.metrics,
    settings: scored.signature,
    examples: dev.names.length,
    seconds: (performance.now() - started) / 1000,
    engine: engine.name,
    seed: settings.seed,
    ...(baseline === undefined ? {} : { baseline }),
    baselines,
    notes: [...corpus.warnings, ...lessons.warnings, ...dev.warnings, ...scored.notes],
  };
}
