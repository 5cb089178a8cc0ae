import { type Report, type TrainRequest } from "@timestep/cli-kit";
import { readLessons, readSpeechCorpus, type SpeechSettings, SpokenWordEmbedder } from "@timestep/speech";
import { runFiles } from "@timestep/training";
import { recordEnvironment } from "@timestep/training/node";
import { embedderReport } from "./run-report.js";
import { recordings, reportOf, scoreVectors } from "./scoring.js";

/** `train` of vectors of spoken words. */
export async function trainEmbedder(request: TrainRequest<SpeechSettings>): Promise<Report> {
  const { settings, data, run, engine, resume, maxMinutes, signal, progress } = request;
  const started = performance.now();
  const corpus = await readSpeechCorpus(data, settings);
  const { content: lessons, warnings } = await readLessons(corpus);
  const dev = await recordings(corpus, "dev");
  const embedder = SpokenWordEmbedder.untrained(lessons, settings);
  await recordEnvironment(run, { engine, seed: settings.seed, data: corpus.checksums });
  const { history } = await embedder.fit(lessons, {
    dev,
    store: run,
    resume,
    signal,
    ...(maxMinutes === undefined ? {} : { maxMinutes }),
    onProgress: progress.training,
    onEvaluation: progress.evaluation,
  });
  const scored = await scoreVectors(embedder, corpus, "dev");
  await run.write(runFiles.report, embedderReport({ settings, scored, history }));
  embedder.dispose();
  return {
    ...reportOf(scored, settings),
    seconds: (performance.now() - started) / 1000,
    engine: engine.name,
    notes: [...corpus.warnings, ...warnings],
  };
}
