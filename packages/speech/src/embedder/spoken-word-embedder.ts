import { DataError, seeded } from "@timestep/base";
import { type AudioClip, bucketBatches, type FeatureStatistics } from "@timestep/data";
import {
  type FileStore,
  loadModel,
  readJson,
  readSettings,
  runFiles,
  saveWeights,
  train,
  type TrainingOutcome,
  type TrainOptions,
  writeConfig,
  writeJson,
} from "@timestep/training";
import type { Lessons } from "../corpus/lessons.js";
import type { Utterance } from "../corpus/utterance.js";
import { clipBatch } from "../model.js";
import { statisticsFromJson } from "../saved.js";
import { type SpeechSettings, speechSettings } from "../settings.js";
import { gatherStatistics, Listener } from "../sound/listener.js";
import { checkKind, speechTask } from "../task.js";
import { SpeechAutoEncoder } from "./auto-encoder.js";
import { EmbedderTrainee } from "./embedder-trainee.js";
import type { SpokenVector } from "./neighbours.js";

/** Most steps of a batch that is embedded, padding included. */
const batchSteps = 20_000;

/**
 * Turns segments of sound into vectors of one length, such that segments that sound alike lie near each other; learnt
 * by writing segments back from their vectors, without labels.
 *
 * Make one by `untrained` and `fit` from recordings, or by `load` from a run; both need a started engine.
 *
 * @see Chung et al. 2016, "Audio Word2Vec", arXiv:1603.00982.
 */
export class SpokenWordEmbedder {
  readonly settings: SpeechSettings;
  readonly listener: Listener;
  readonly model: SpeechAutoEncoder;
  private readonly statistics: FeatureStatistics | undefined;

  private constructor(
    settings: SpeechSettings,
    statistics: FeatureStatistics | undefined,
    random: ReturnType<typeof seeded>,
  ) {
    this.settings = settings;
    this.statistics = statistics;
    this.listener = new Listener(settings, statistics);
    this.model = new SpeechAutoEncoder(this.listener.inputSize, settings, random);
  }

  /**
   * An embedder that has learnt nothing yet.
   *
   * @throws {DataError} SPEECH_NO_UTTERANCES
   * @throws {ConfigError} AUDIO_FEATURES, MEL_EMPTY_BAND, SPEECH_STRIDE, CLOCKWORK_PERIODS, AUGMENTATION
   */
  static untrained(lessons: Lessons, settings: SpeechSettings): SpokenWordEmbedder {
    const first = lessons.epoch(seeded(settings.seed).fork("statistics"));
    if (first.length === 0) {
      throw new DataError("SPEECH_NO_UTTERANCES", "there is no recording to train on.", {
        hint: "Give at least one recording.",
      });
    }
    const clips = first.map((utterance) => utterance.clip());
    const random = seeded(settings.seed).fork("weights");
    return new SpokenWordEmbedder(settings, gatherStatistics(clips, settings), random);
  }

  /** Loads an embedder from a run; throws as `SpeechRecogniser.load`. */
  static async load(store: FileStore): Promise<SpokenWordEmbedder> {
    const settings = await readSettings(store, speechTask, speechSettings);
    checkKind(store, settings, "embedder");
    const statistics = statisticsFromJson(await readJson(store, runFiles.vocabulary));
    const { hiddenSize, layers } = settings.model;
    let made: SpokenWordEmbedder | undefined;
    await loadModel(store, layers * hiddenSize ** 2 + settings.embedder.decoderSize ** 2, () => {
      made = new SpokenWordEmbedder(settings, statistics, seeded(0));
      return made.model;
    });
    return made as unknown as SpokenWordEmbedder;
  }

  /** Trains this embedder; `dev` decides which weights are best, by how well its clips are written back. */
  async fit(
    lessons: Lessons,
    { dev, ...options }: Omit<TrainOptions, "random"> & { readonly dev: readonly Utterance[] },
  ): Promise<TrainingOutcome> {
    if (options.store !== undefined) await this.saveSettings(options.store);
    const random = seeded(this.settings.seed).fork("training");
    return train(new EmbedderTrainee(this, lessons, dev), this.settings.training, { ...options, random });
  }

  /** Writes everything that `load` reads. */
  async save(store: FileStore): Promise<void> {
    await this.saveSettings(store);
    await saveWeights(store, this.model);
  }

  /** The vectors of clips, in order. */
  async embedAll(clips: readonly AudioClip[]): Promise<Float32Array[]> {
    const vectors = new Array<Float32Array>(clips.length);
    const heard = clips.map((clip) => this.listener.listen(clip));
    for (const places of this.groups(heard.map(({ frames }) => frames))) {
      const rows = places.map((place) => heard[place] as (typeof heard)[number]);
      const found = this.model.embed(clipBatch(rows, this.listener.inputSize));
      const values = (await found.data()) as Float32Array;
      const size = found.shape[1];
      found.dispose();
      places.forEach((place, row) => (vectors[place] = values.slice(row * size, (row + 1) * size)));
    }
    return vectors;
  }

  /** Mean squared error of a normalised feature when clips are written back from their vectors. */
  async reconstructionError(utterances: readonly Utterance[]): Promise<number> {
    const heard = utterances.map((utterance) => this.listener.listen(utterance.clip()));
    const frames = seeded(1).fork("frames");
    let errors = 0;
    let steps = 0;
    for (const places of this.groups(heard.map(({ frames }) => frames))) {
      const rows = places.map((place) => heard[place] as (typeof heard)[number]);
      const batch = clipBatch(rows, this.listener.inputSize);
      const loss = this.model.loss(batch, batch, frames);
      const count = batch.lengths.reduce((sum, length) => sum + length, 0);
      errors += ((await loss.data())[0] as number) * count;
      steps += count;
      loss.dispose();
    }
    return errors / Math.max(1, steps);
  }

  /** The vectors of utterances with their words and speakers, in order. */
  async spoken(utterances: readonly Utterance[]): Promise<SpokenVector[]> {
    const vectors = await this.embedAll(utterances.map((utterance) => utterance.clip()));
    return utterances.map(({ text, speaker }, place) => ({
      vector: vectors[place] as Float32Array,
      word: text,
      speaker,
    }));
  }

  /** Frees the weights. */
  dispose(): void {
    this.model.dispose();
  }

  private groups(lengths: readonly number[]): number[][] {
    return lengths.length === 0 ? [] : bucketBatches(lengths, { maxTokens: batchSteps });
  }

  private async saveSettings(store: FileStore): Promise<void> {
    await writeConfig(store, speechTask, this.settings);
    await writeJson(store, runFiles.vocabulary, { formatVersion: 1, statistics: this.statistics ?? null });
  }
}
