import { type Baseline, type Report, type Table } from "@timestep/cli-kit";
import { requireSplit, type Split } from "@timestep/data";
import {
  hear,
  type Listener,
  type Neighbour,
  nearestNeighbours,
  type NeighbourScores,
  scoreNeighbours,
  type SpeechCorpus,
  type SpeechSettings,
  speechTask,
  type SpokenVector,
  type SpokenWordEmbedder,
  type Utterance,
} from "@timestep/speech";

/** How the vectors of a split lie among those of the training recordings. */
export interface ScoredVectors {
  readonly split: Split;
  readonly vectors: readonly SpokenVector[];
  readonly metrics: Readonly<Record<string, number>>;
  readonly signature: string;
  readonly baselines: readonly Baseline[];
  readonly byWord: Table;
}

/** The recordings of a split in memory. */
export async function recordings(corpus: SpeechCorpus, split: Split): Promise<Utterance[]> {
  return (await hear(requireSplit(corpus, split), corpus.settings.corpus.damaged)).utterances;
}

/** Looks up neighbours of a split among the training recordings; of train itself among those of dev. */
export async function scoreVectors(
  embedder: SpokenWordEmbedder,
  corpus: SpeechCorpus,
  split: Split,
): Promise<ScoredVectors> {
  const from = split === "train" ? "dev" : "train";
  const [utterances, pool] = [await recordings(corpus, split), await recordings(corpus, from)];
  const vectors = await embedder.spoken(utterances);
  const neighbours = nearestNeighbours(vectors, await embedder.spoken(pool));
  const reconstructionError = await embedder.reconstructionError(utterances);
  return {
    split,
    vectors,
    metrics: { ...named(scoreNeighbours(neighbours)), reconstructionError },
    signature: `neighbours:1 distance:cosine pool:${from} words:text`,
    baselines: baselines(embedder.listener, utterances, pool),
    byWord: wordTable(neighbours),
  };
}

/** What `train` and `evaluate` print of scores. */
export function reportOf(
  { split, vectors, metrics, signature, baselines: [baseline, ...others], byWord }: ScoredVectors,
  { seed }: SpeechSettings,
): Omit<Report, "seconds" | "engine"> {
  return {
    task: speechTask,
    split,
    metrics,
    settings: signature,
    examples: vectors.length,
    seed,
    ...(baseline === undefined ? {} : { baseline }),
    baselines: others,
    tables: [byWord],
  };
}

function named({ neighbourAccuracy, speakerAccuracy }: NeighbourScores): Record<string, number> {
  return { neighbourAccuracy, ...(speakerAccuracy === undefined ? {} : { speakerAccuracy }) };
}

/** How often the neighbours of each word are of that word, and what they are instead. */
function wordTable(neighbours: readonly Neighbour[]): Table {
  const words = [...new Set(neighbours.map(({ query }) => query.word))].sort();
  const rows = words.map((word) => {
    const own = neighbours.filter(({ query }) => query.word === word);
    const { neighbourAccuracy, speakerAccuracy } = scoreNeighbours(own);
    const wrong = counted(
      own.flatMap(({ nearest }) => (nearest?.word === word ? [] : [nearest?.word ?? ""])),
    );
    const taken = wrong.slice(0, 3).map(([other, count]) => `${other} ${count}`);
    return [word, own.length, neighbourAccuracy, speakerAccuracy ?? null, taken.join(", ")];
  });
  return {
    title: "nearest neighbours by word",
    columns: ["word", "recordings", "same word %", "of other speakers %", "other words"],
    rows,
  };
}

/** The most frequent word, and vectors that nothing was learnt for: the mean frame of each fifth of a clip. */
function baselines(
  listener: Listener,
  utterances: readonly Utterance[],
  pool: readonly Utterance[],
): Baseline[] {
  const [frequent = ["", 0]] = counted(pool.map(({ text }) => text));
  const right = utterances.filter(({ text }) => text === frequent[0]).length;
  const always = (100 * right) / Math.max(1, utterances.length);
  const vectors = (list: readonly Utterance[]): SpokenVector[] =>
    list.map((utterance) => ({
      vector: fifths(listener, utterance),
      word: utterance.text,
      speaker: utterance.speaker,
    }));
  const neighbours = nearestNeighbours(vectors(utterances), vectors(pool));
  return [
    { name: `always "${frequent[0]}"`, metrics: { neighbourAccuracy: always, speakerAccuracy: always } },
    { name: "means of fifths", metrics: named(scoreNeighbours(neighbours)) },
  ];
}

/** Different texts with how often they are there, most frequent first, then by the alphabet. */
function counted(texts: readonly string[]): (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
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
