import {
  type Baseline,
  type EvaluateRequest,
  type Inspection,
  type Report,
  type TrainRequest,
} from "@timestep/cli-kit";
import { asSplit, type Split } from "@timestep/data";
import {
  hear,
  type Listener,
  type NeighbourScores,
  readLessons,
  readSpeechCorpus,
  scoreNeighbours,
  type SpeechCorpus,
  speechSettings,
  type SpeechSettings,
  speechTask,
  SpokenWordEmbedder,
  type Utterance,
} from "@timestep/speech";
import { type FileStore, readSettings } from "@timestep/training";
import { recordEnvironment } from "@timestep/training/node";

/** What a run holds. */
export async function kindOf(run: FileStore): Promise<SpeechSettings["kind"]> {
  return (await readSettings(run, speechTask, speechSettings)).kind;
}

/** `train` of vectors of spoken words. */
export async function trainEmbedder(request: TrainRequest<SpeechSettings>): Promise<Report> {
  const { settings, data, run, engine, resume, maxMinutes, signal, progress } = request;
  const started = performance.now();
  const corpus = await readSpeechCorpus(data, settings);
  const { content: lessons, warnings } = await readLessons(corpus);
  const dev = await recordings(corpus, "dev");
  const embedder = SpokenWordEmbedder.untrained(lessons, settings);
  await recordEnvironment(run, { engine, seed: settings.seed, data: corpus.checksums });
  await embedder.fit(lessons, {
    dev,
    store: run,
    resume,
    signal,
    ...(maxMinutes === undefined ? {} : { maxMinutes }),
    onProgress: progress.training,
    onEvaluation: progress.evaluation,
  });
  const report = await scored(embedder, corpus, "dev", dev);
  embedder.dispose();
  return {
    ...report,
    seconds: (performance.now() - started) / 1000,
    engine: engine.name,
    notes: [...corpus.warnings, ...warnings],
  };
}

/** `evaluate` of vectors of spoken words: the nearest neighbours of a split among the training recordings. */
export async function evaluateEmbedder({
  run,
  data,
  format,
  split,
  engine,
}: EvaluateRequest): Promise<Report> {
  const started = performance.now();
  const embedder = await SpokenWordEmbedder.load(run);
  const { settings } = embedder;
  const corpus = await readSpeechCorpus(data, {
    ...settings,
    format: (format ?? settings.format) as SpeechSettings["format"],
  });
  const name = asSplit(split);
  const report = await scored(embedder, corpus, name, await recordings(corpus, name));
  embedder.dispose();
  return {
    ...report,
    seconds: (performance.now() - started) / 1000,
    engine: engine.name,
    notes: corpus.warnings,
  };
}

/** `inspect --run` of an embedder. */
export async function inspectEmbedder(run: FileStore): Promise<Inspection> {
  const { model, settings, listener } = await SpokenWordEmbedder.load(run);
  const parameters = model.parameters().map(({ path, variable }) => ({ path, shape: variable.shape }));
  const sizes = {
    parameters: model.parameterCount(),
    inputSize: listener.inputSize,
    embedding: settings.embedder.size,
  };
  model.dispose();
  return {
    sections: [
      { title: "sizes", table: { columns: ["what", "count"], rows: Object.entries(sizes) } },
      {
        title: "parameters",
        table: {
          columns: ["path", "shape"],
          rows: parameters.map(({ path, shape }) => [path, `[${shape.join(", ")}]`]),
        },
      },
      { title: "settings", text: JSON.stringify(settings, undefined, 2) },
    ],
    json: { sizes, parameters, settings },
  };
}

async function recordings(corpus: SpeechCorpus, split: Split): Promise<Utterance[]> {
  return (await hear(corpus.splits[split] ?? [], corpus.settings.corpus.damaged)).utterances;
}

/** Neighbours of a split among the training recordings; of train itself among those of dev. */
async function scored(
  embedder: SpokenWordEmbedder,
  corpus: SpeechCorpus,
  split: Split,
  utterances: readonly Utterance[],
): Promise<Omit<Report, "seconds" | "engine">> {
  const pool = await recordings(corpus, split === "train" ? "dev" : "train");
  const neighbours = await embedder.scoreNeighbours(utterances, pool);
  const reconstructionError = await embedder.reconstructionError(utterances);
  const [baseline, ...others] = baselines(embedder.listener, utterances, pool);
  return {
    task: speechTask,
    split,
    metrics: { ...named(neighbours), reconstructionError },
    settings: `neighbours:1 distance:cosine pool:${split === "train" ? "dev" : "train"} words:text`,
    examples: utterances.length,
    seed: embedder.settings.seed,
    ...(baseline === undefined ? {} : { baseline }),
    baselines: others,
  };
}

function named({ neighbourAccuracy, speakerAccuracy }: NeighbourScores): Record<string, number> {
  return { neighbourAccuracy, ...(speakerAccuracy === undefined ? {} : { speakerAccuracy }) };
}

/** The most frequent word, and vectors that nothing was learnt for: the mean frame of each fifth of a clip. */
function baselines(
  listener: Listener,
  utterances: readonly Utterance[],
  pool: readonly Utterance[],
): Baseline[] {
  const counts = new Map<string, number>();
  for (const { text } of pool) counts.set(text, (counts.get(text) ?? 0) + 1);
  const [frequent] = [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  const right = utterances.filter(({ text }) => text === frequent?.[0]).length;
  const always = (100 * right) / Math.max(1, utterances.length);
  const vectors = (list: readonly Utterance[]) =>
    list.map((utterance) => ({
      vector: fifths(listener, utterance),
      word: utterance.text,
      speaker: utterance.speaker,
    }));
  return [
    {
      name: `always "${frequent?.[0] ?? ""}"`,
      metrics: { neighbourAccuracy: always, speakerAccuracy: always },
    },
    { name: "means of fifths", metrics: named(scoreNeighbours(vectors(utterances), vectors(pool))) },
  ];
}

function fifths(listener: Listener, utterance: Utterance): Float32Array {
  const { values, frames, size } = listener.features(utterance.clip());
  const vector = new Float32Array(5 * size);
  for (let part = 0; part < 5; part++) {
    const from = Math.min(frames - 1, Math.floor((part * frames) / 5));
    const to = Math.max(from + 1, Math.floor(((part + 1) * frames) / 5));
    for (let t = from; t < to; t++)
      for (let i = 0; i < size; i++)
        vector[part * size + i] =
          (vector[part * size + i] as number) + (values[t * size + i] as number) / (to - from);
  }
  return vector;
}
