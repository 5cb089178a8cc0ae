import { DataError, seeded } from "@timestep/base";
import { ctcLoss } from "@timestep/core";
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
import { tensor, type Tensor1D, type Tensor3D, tidy } from "@tensorflow/tfjs-core";
import type { Lessons } from "./corpus/lessons.js";
import type { Utterance } from "./corpus/utterance.js";
import {
  bestLabels,
  type DecodingKind,
  type Posteriors,
  posteriorsOf,
  saidLabels,
} from "./decode/best-path.js";
import { wordsOf } from "./decode/words.js";
import { feasibleUtterances } from "./feasible.js";
import { BLANK, SpeechLabels } from "./labels/speech-labels.js";
import { clipBatch, SpeechModel } from "./model.js";
import type { Recognition } from "./recognised.js";
import { leastModelValues, type SavedVocabulary, vocabularyFromJson, vocabularyToJson } from "./saved.js";
import { scoreTexts, type SpeechScores } from "./scores.js";
import { type PartialSpeechSettings, speechSettings, type SpeechSettings } from "./settings.js";
import { gatherStatistics, Listener } from "./sound/listener.js";
import { RecognitionStream } from "./stream/recognition-stream.js";
import { audioWindows, joinWindows } from "./stream/windows.js";
import { checkKind, speechTask } from "./task.js";
import { SpeechTrainee } from "./trainee.js";

/** Most steps of a batch that is recognised, padding included. */
const batchSteps = 20_000;
/** Clips that the mean and variance of features are taken from. */
const statisticsClips = 1000;

/** What surrounds the training of a recogniser. */
export interface SpeechFitOptions extends Omit<TrainOptions, "random"> {
  /** Decides which weights are best and when to stop. */
  readonly dev: readonly Utterance[];
}

/** How clips are recognised. */
export interface RecogniseOptions {
  /** How the likeliest path is read; default "ctc". */
  readonly decoding?: DecodingKind;
}

/** What a recogniser has besides its settings. */
interface Parts {
  readonly labels: SpeechLabels;
  readonly statistics: FeatureStatistics | undefined;
  readonly listener: Listener;
  readonly model: SpeechModel;
}

/**
 * Writes down what is said in recordings.
 *
 * Make one by `train` from recordings with texts, or by `load` from a run; both need a started engine.
 *
 * @example
 * ```ts
 * const { recogniser } = await SpeechRecogniser.train(repeated(utterances), {}, { dev });
 * (await recogniser.recognise(readWav(bytes, "a.wav"))).text; // "seven seven two"
 * ```
 */
export class SpeechRecogniser {
  readonly settings: SpeechSettings;
  readonly labels: SpeechLabels;
  readonly listener: Listener;
  readonly model: SpeechModel;
  /** Mean and variance of the training clips' features, where normalisation goes by them. */
  readonly statistics: FeatureStatistics | undefined;

  private constructor(settings: SpeechSettings, { labels, statistics, listener, model }: Parts) {
    this.settings = settings;
    this.labels = labels;
    this.statistics = statistics;
    this.listener = listener;
    this.model = model;
  }

  /**
   * A recogniser with the labels of the lessons that has learnt nothing yet.
   *
   * @throws {DataError} SPEECH_NO_UTTERANCES, LABEL_EMPTY, SPEECH_TOO_SHORT, SPEECH_ALPHABET
   * @throws {ConfigError} AUDIO_FEATURES, MEL_EMPTY_BAND, SPEECH_STRIDE, CLOCKWORK_PERIODS, AUGMENTATION
   */
  static untrained(lessons: Lessons, settings: SpeechSettings): SpeechRecogniser {
    const first = lessons.epoch(seeded(settings.seed).fork("statistics"));
    if (first.length === 0) {
      throw new DataError("SPEECH_NO_UTTERANCES", "there is no recording to train on.", {
        hint: "Give at least one recording with its text.",
      });
    }
    const labels = SpeechLabels.collect(lessons.texts, settings.labels);
    const clips = first.slice(0, statisticsClips).map((utterance) => utterance.clip());
    const statistics = gatherStatistics(clips, settings);
    const listener = new Listener(settings, statistics);
    feasibleUtterances(first, labels, listener, settings); // what is too short shows before anything is written
    return SpeechRecogniser.made(settings, { labels, statistics }, seeded(settings.seed).fork("weights"));
  }

  /** Trains a recogniser. */
  static async train(
    lessons: Lessons,
    settings: PartialSpeechSettings,
    options: SpeechFitOptions,
  ): Promise<{ recogniser: SpeechRecogniser; outcome: TrainingOutcome }> {
    const recogniser = SpeechRecogniser.untrained(lessons, speechSettings.parse(settings));
    return { recogniser, outcome: await recogniser.fit(lessons, options) };
  }

  /**
   * Loads a recogniser from a run.
   *
   * @throws {DataError} RUN_FILE_MISSING, RUN_FILE_INVALID, VOCAB_FORMAT, LABEL_FORMAT, MODEL_* when a file is damaged.
   * @throws {ConfigError} RUN_TASK when the run is of another task; RUN_FORMAT_VERSION when of another version.
   */
  static async load(store: FileStore): Promise<SpeechRecogniser> {
    const settings = await readSettings(store, speechTask, speechSettings);
    checkKind(store, settings, "recogniser");
    const vocabulary = vocabularyFromJson(await readJson(store, runFiles.vocabulary), settings);
    const least = leastModelValues(vocabulary.labels.classes, settings.model);
    let made: SpeechRecogniser | undefined;
    await loadModel(
      store,
      least,
      () => (made = SpeechRecogniser.made(settings, vocabulary, seeded(0))).model,
    );
    return made as unknown as SpeechRecogniser;
  }

  private static made(
    settings: SpeechSettings,
    { labels, statistics }: SavedVocabulary,
    random: ReturnType<typeof seeded>,
  ): SpeechRecogniser {
    const listener = new Listener(settings, statistics);
    const model = new SpeechModel(listener.inputSize, labels.classes, settings.model, random);
    return new SpeechRecogniser(settings, { labels, statistics, listener, model });
  }

  /** Trains this recogniser, new or loaded. */
  async fit(lessons: Lessons, { dev, ...options }: SpeechFitOptions): Promise<TrainingOutcome> {
    const trainee = new SpeechTrainee(this, lessons, dev);
    if (options.store !== undefined) await this.saveSettings(options.store);
    const random = seeded(this.settings.seed).fork("training");
    return train(trainee, this.settings.training, { ...options, random });
  }

  /** Writes everything that `load` reads. */
  async save(store: FileStore): Promise<void> {
    await this.saveSettings(store);
    await saveWeights(store, this.model);
  }

  /** Recognises one clip. */
  async recognise(clip: AudioClip, options: RecogniseOptions = {}): Promise<Recognition> {
    return (await this.recogniseAll([clip], options))[0] as Recognition;
  }

  /** Recognises many clips at once, in order. */
  async recogniseAll(clips: readonly AudioClip[], options: RecogniseOptions = {}): Promise<Recognition[]> {
    const { decoding = "ctc" } = options;
    const found = await this.posteriors(clips.map((clip) => () => clip));
    const losses = await this.lossesOf(
      found,
      found.map((one) => bestLabels(one, decoding)),
    );
    return found.map((one, index) => {
      const said = saidLabels(one, decoding);
      const text = this.labels.decode(said.map(({ label }) => label));
      const score = 0 - (losses[index] as number);
      return {
        text,
        confidence: Math.min(1, Math.exp(score)),
        words: wordsOf(said, this.labels, this.listener),
        nbest: [{ text, score }],
      };
    });
  }

  /** The texts of utterances on the likeliest path. */
  async texts(utterances: readonly Utterance[], decoding: DecodingKind = "ctc"): Promise<string[]> {
    const found = await this.posteriors(utterances.map((utterance) => () => utterance.clip()));
    return found.map((one) => this.labels.decode(bestLabels(one, decoding)));
  }

  /** Scores recognised texts of utterances. */
  async evaluate(
    utterances: readonly Utterance[],
    decoding: DecodingKind = "ctc",
  ): Promise<SpeechScores & { readonly texts: readonly string[] }> {
    const texts = await this.texts(utterances, decoding);
    return {
      ...scoreTexts(
        utterances.map(({ text }) => text),
        texts,
      ),
      texts,
    };
  }

  /** Mean of -ln P(text | clip) over the utterances that have labels known in training and enough steps. */
  async loss(utterances: readonly Utterance[]): Promise<number> {
    const known = utterances.filter(({ text }) => this.labels.unknown(text) === undefined);
    if (known.length === 0) return 0;
    const found = await this.posteriors(known.map((utterance) => () => utterance.clip()));
    const losses = await this.lossesOf(
      found,
      known.map(({ text }) => this.labels.encode(text)),
    );
    return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
  }

  /**
   * Recognises sound that is still being made.
   *
   * @throws {ConfigError} SPEECH_STREAM for networks that read both ways; FEATURES_STREAM when features are normalised
   *   by their whole clip.
   */
  stream(): RecognitionStream {
    return new RecognitionStream(this);
  }

  /**
   * Log probabilities of the classes in each step of clips, in order; a clip is asked for once. Recordings longer than a
   * window are read in windows that overlap, except by networks that read one way, whose memory stays small.
   */
  async posteriors(clips: readonly (() => AudioClip)[]): Promise<Posteriors[]> {
    const { model } = this.settings;
    const windows = clips.map((clip) =>
      model.bidirectional
        ? audioWindows(clip(), this.listener, this.settings.windows)
        : [{ clip: clip(), from: 0, to: Infinity }],
    );
    const found = await this.posteriorsOfWindows(windows.flat().map(({ clip }) => clip));
    let at = 0;
    return windows.map((own) => {
      const first = at;
      at += own.length;
      return own.length === 1 ? (found[first] as Posteriors) : joinWindows(own, found.slice(first, at));
    });
  }

  private async posteriorsOfWindows(clips: readonly AudioClip[]): Promise<Posteriors[]> {
    const heard = clips.map((clip) => this.listener.listen(clip));
    const found = new Array<Posteriors>(heard.length);
    const lengths = heard.map(({ frames }) => frames);
    if (heard.length === 0) return found;
    for (const places of bucketBatches(lengths, { maxTokens: batchSteps })) {
      const batch = clipBatch(
        places.map((place) => heard[place] as (typeof heard)[number]),
        this.listener.inputSize,
      );
      const logits = this.model.logits(batch);
      const values = (await logits.data()) as Float32Array;
      const classes = logits.shape[2];
      logits.dispose();
      places.forEach((place, row) => {
        const from = row * batch.time * classes;
        const steps = batch.lengths[row] as number;
        found[place] = posteriorsOf(values.subarray(from, from + steps * classes), steps, classes);
      });
    }
    return found;
  }

  /** Frees the weights. */
  dispose(): void {
    this.model.dispose();
  }

  /** -ln P(labels | clip) from log probabilities, which their own log-softmax leaves as they are. */
  private async lossesOf(found: readonly Posteriors[], labels: readonly number[][]): Promise<number[]> {
    const classes = this.labels.classes;
    const losses = new Array<number>(found.length).fill(0);
    const steps = found.map((one) => Math.max(1, one.steps));
    if (found.length === 0) return losses;
    for (const places of bucketBatches(steps, { maxTokens: batchSteps })) {
      const rows = places.map((place) => found[place] as Posteriors);
      const batch = clipBatch(
        rows.map(({ values, steps: frames }) => ({ values, frames, size: classes })),
        classes,
      );
      const of = tidy(
        () =>
          ctcLoss(tensor(batch.values, [rows.length, batch.time, classes]) as Tensor3D, {
            labels: places.map((place) => labels[place] as number[]),
            lengths: batch.lengths,
            blank: BLANK,
            infeasible: "zero",
          }) as Tensor1D,
      );
      const values = await of.data();
      of.dispose();
      places.forEach((place, row) => (losses[place] = values[row] as number));
    }
    return losses;
  }

  private async saveSettings(store: FileStore): Promise<void> {
    await writeConfig(store, speechTask, this.settings);
    await writeJson(store, runFiles.vocabulary, vocabularyToJson(this));
  }
}
