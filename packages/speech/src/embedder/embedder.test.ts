import { startEngine } from "@timestep/engine";
import { MemoryStore } from "@timestep/training";
import { beforeAll, describe, expect, it } from "vitest";
import { tone } from "../fixtures/tones.js";
import { repeated, SpeechRecogniser, speechSettings, SpokenWordEmbedder, type Utterance } from "../index.js";
import { nearestNeighbours, type NeighbourScores, scoreNeighbours, type SpokenVector } from "./neighbours.js";

beforeAll(async () => {
  await startEngine();
});

const settings = speechSettings.parse({
  kind: "embedder",
  features: { normalisation: { kind: "global" } },
  model: { cell: "gru", hiddenSize: 16, layers: 1, dropout: { layers: 0 } },
  embedder: { size: 8, decoderSize: 16, frameDropout: 0.9 },
  training: { epochs: 30, batchSize: 8, evaluateEvery: 30, optimiser: { learningRate: 0.01 } },
});
const words = ["a", "b", "c", "d"];
const takes = (from: number, count: number): Utterance[] =>
  words.flatMap((word) => Array.from({ length: count }, (_, take) => tone(word, from + take)));

async function trained(utterances: readonly Utterance[]): Promise<SpokenWordEmbedder> {
  const lessons = repeated(utterances);
  const embedder = SpokenWordEmbedder.untrained(lessons, settings);
  await embedder.fit(lessons, { dev: utterances.slice(0, 4) });
  return embedder;
}

const scored = (queries: readonly SpokenVector[], pool: readonly SpokenVector[]): NeighbourScores =>
  scoreNeighbours(nearestNeighbours(queries, pool));

describe("vectors of spoken words", () => {
  it("are learnt without texts, put words together and survive saving", async () => {
    const pool = takes(0, 6);
    const before = SpokenWordEmbedder.untrained(repeated(pool), settings);
    const embedder = await trained(pool);
    const others = takes(50, 3);
    expect(await embedder.reconstructionError(others)).toBeLessThan(
      0.9 * (await before.reconstructionError(others)),
    );
    const neighbours = nearestNeighbours(await embedder.spoken(others), await embedder.spoken(pool));
    const { neighbourAccuracy } = scoreNeighbours(neighbours);
    expect(neighbourAccuracy).toBeGreaterThan(80);
    // Other texts change nothing.
    const renamed = await trained(pool.map((utterance) => ({ ...utterance, text: "x" })));
    const clips = others.map((utterance) => utterance.clip());
    const vectors = await embedder.embedAll(clips);
    expect(await renamed.embedAll(clips)).toEqual(vectors);
    const store = new MemoryStore();
    await embedder.save(store);
    const loaded = await SpokenWordEmbedder.load(store);
    expect(await loaded.embedAll(clips)).toEqual(vectors);
    // A clip alone has the vector that it has among longer ones.
    const [alone] = await embedder.embedAll(clips.slice(0, 1));
    alone?.forEach((value, i) => {
      expect(value).toBeCloseTo(vectors[0]?.[i] ?? NaN, 5);
    });
    await expect(SpeechRecogniser.load(store)).rejects.toMatchObject({ code: "SPEECH_KIND" });
    for (const one of [before, embedder, renamed, loaded]) one.dispose();
  });

  it("are compared after each coordinate is standardised, and across speakers where they are known", () => {
    const at = (x: number, y: number, word: string, speaker: string) => ({
      vector: Float32Array.of(x, y),
      word,
      speaker,
    });
    // The first coordinate tells speakers apart and is a hundred times as wide as the second, which tells words apart.
    const pool = [
      at(100, 1, "up", "ann"),
      at(100, -1, "down", "ann"),
      at(-100, 1, "up", "bob"),
      at(-100, -1, "down", "bob"),
    ];
    expect(scored([at(90, 0.5, "up", "ann")], pool)).toEqual({
      neighbourAccuracy: 100,
      speakerAccuracy: 100,
    });
    expect(scored([at(90, 0.5, "down", "ann")], pool)).toEqual({
      neighbourAccuracy: 0,
      speakerAccuracy: 0,
    });
    const nameless = pool.map(({ vector, word }) => ({ vector, word, speaker: undefined }));
    expect(scored(nameless.slice(0, 1), nameless.slice(2))).toEqual({
      neighbourAccuracy: 100,
      speakerAccuracy: undefined,
    });
  });
});
