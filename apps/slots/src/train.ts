import { findData, type Report, type TrainRequest } from "@timestep/cli-kit";
import { DataError } from "@timestep/base";
import { readWordVectors, requireSplit, type WordVectors } from "@timestep/data";
import { learntFrom, SlotTagger, type SlotSettings, slotTask } from "@timestep/slot-filling";
import { runFiles } from "@timestep/training";
import { openDataSource, recordEnvironment } from "@timestep/training/node";
import { readCorpus } from "./corpus.js";
import { runReport } from "./run-report.js";
import { scoreSplit } from "./scoring.js";

/** `train`: reads everything first, trains, scores the dev split and writes the report. */
export async function trainSlots(request: TrainRequest<SlotSettings>): Promise<Report> {
  const { settings, data, run, engine, resume, maxMinutes, signal, progress } = request;
  const started = performance.now();
  const corpus = await readCorpus(data, settings.format);
  const examples = requireSplit(corpus, "train");
  const dev = requireSplit(corpus, "dev");
  const vectors = await openVectors(settings);
  // Settings that no model can have show here; only then is anything written, or an earlier run replaced.
  const tagger = SlotTagger.untrained(learntFrom(examples, dev, settings), settings, vectors);
  await recordEnvironment(run, { engine, seed: settings.seed, data: corpus.checksums });
  const outcome = await tagger.fit(examples, {
    dev,
    store: run,
    resume,
    signal,
    ...(maxMinutes === undefined ? {} : { maxMinutes }),
    onProgress: progress.training,
    onEvaluation: progress.evaluation,
  });
  const { scores, baseline, tables, notes } = await scoreSplit(tagger, dev);
  await run.write(runFiles.report, await runReport(tagger, dev, outcome.history));
  tagger.dispose();
  return {
    task: slotTask,
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

/** The pretrained vectors that the settings name: the only file of vectors in that place. */
async function openVectors({ model }: SlotSettings): Promise<WordVectors | undefined> {
  const { source } = model.vectors;
  if (source === undefined) return undefined;
  const { path } = await findData(source, { cwd: process.cwd(), dataFolder: process.env["TIMESTEP_DATA"] });
  const { files } = await openDataSource(path);
  const [file, another] = files.filter(({ name }) => /\.(txt|vec)(\.gz)?$/.test(name));
  if (file === undefined || another !== undefined) {
    throw new DataError(
      "VECTORS_FILE",
      `"${source}" holds ${file === undefined ? "no" : "several"} files of vectors.`,
      {
        hint: "Name one file: word and numbers on each line, .txt or .vec, plain or .gz.",
      },
    );
  }
  return readWordVectors(file);
}
