import { DataError, seeded } from "@timestep/base";
import { type CtcEmissions, ctcEmissionsAsync, ctcLogProbability } from "@timestep/core";
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
import type { Lessons } from "./corpus/lessons.js";
import type { Utterance } from "./corpus/utterance.js";
import { readingsOf, type RecogniseOptions, recognitionOf, wordsOf } from "./decode/recognition.js";
import { feasibleUtterances } from "./feasible.js";
import { BLANK, SpeechLabels } from "./labels/speech-labels.js";
import { clipBatch, SpeechModel } from "./model.js";
import type { RecognisedWord, Recognition } from "./recognised.js";
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

  /** Full sentences on what of the first lessons cannot be learnt, where the settings leave it out. */
  leftOut(lessons: Lessons): readonly string[] {
    const first = lessons.epoch(seeded(this.settings.seed).fork("statistics"));
    return feasibleUtterances(first, this.labels, this.listener, this.settings).warnings;
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
    const found = await this.emissions(clips.map((clip) => () => clip));
    return found.map((one) => recognitionOf(one, readingsOf(one, options), this.labels, this.listener));
  }

  /**
   * When the words of a known text are said in a clip, and how sure the network is of each.
   *
   * @throws {DataError} SPEECH_ALPHABET when the text has labels that training has not; CTC_LABEL_TOO_LONG when the clip
   *   is too short for it.
   */
  async align(clip: AudioClip, text: string): Promise<RecognisedWord[]> {
    const labels = this.labels.encode(text);
    const [found] = await this.emissions([() => clip]);
    return wordsOf(found as CtcEmissions, labels, this.labels, this.listener);
  }

  /** The texts of utterances. */
  async texts(utterances: readonly Utterance[], options: RecogniseOptions = {}): Promise<string[]> {
    const found = await this.emissions(utterances.map((utterance) => () => utterance.clip()));
    return found.map((one) => this.labels.decode(readingsOf(one, options)[0]?.labels ?? []));
  }

  /** Scores recognised texts of utterances. */
  async evaluate(
    utterances: readonly Utterance[],
    options: RecogniseOptions = {},
  ): Promise<SpeechScores & { readonly texts: readonly string[] }> {
    const texts = await this.texts(utterances, options);
    const references = utterances.map(({ text }) => text);
    return { ...scoreTexts(references, texts), texts };
  }

  /** Mean of -ln P(text | clip) over the utterances that have labels known in training and enough steps. */
  async loss(utterances: readonly Utterance[]): Promise<number> {
    const known = utterances.filter(({ text }) => this.labels.unknown(text) === undefined);
    if (known.length === 0) return 0;
    const found = await this.emissions(known.map((utterance) => () => utterance.clip()));
    const losses = found
      .map(
        (one, place) =>
          0 - ctcLogProbability(one, this.labels.encode((known[place] as Utterance).text), { blank: BLANK }),
      )
      .filter((loss) => Number.isFinite(loss));
    return losses.reduce((sum, loss) => sum + loss, 0) / Math.max(1, losses.length);
  }

  /**
   * Recognises sound that is still being made.
   *
   * @throws {ConfigError} SPEECH_STREAM for networks that read both ways; FEATURES_STREAM when features are normalised
   *   by their whole clip.
   */
  stream(options: RecogniseOptions = {}): RecognitionStream {
    return new RecognitionStream(this, options);
  }

  /** Whether it can hear sound that is still being made: it reads one way and normalises by no whole clip. */
  get streams(): boolean {
    const { model, features } = this.settings;
    return !model.bidirectional && features.normalisation.kind !== "utterance";
  }

  /**
   * Log probabilities of the classes in each step of clips, in order; a clip is asked for once. Recordings longer than a
   * window are read in windows that overlap, except by networks that read one way, whose memory stays small.
   */
  async emissions(clips: readonly (() => AudioClip)[]): Promise<CtcEmissions[]> {
    const { model } = this.settings;
    const windows = clips.map((clip) =>
      model.bidirectional
        ? audioWindows(clip(), this.listener, this.settings.windows)
        : [{ clip: clip(), from: 0, to: Infinity }],
    );
    const found = await this.emissionsOfWindows(windows.flat().map(({ clip }) => clip));
    let at = 0;
    return windows.map((own) => {
      const first = at;
      at += own.length;
      return own.length === 1 ? (found[first] as CtcEmissions) : joinWindows(own, found.slice(first, at));
    });
  }

  private async emissionsOfWindows(clips: readonly AudioClip[]): Promise<CtcEmissions[]> {
    const heard = clips.map((clip) => this.listener.listen(clip));
    const found = new Array<CtcEmissions>(heard.length);
    const lengths = heard.map(({ frames }) => frames);
    if (heard.length === 0) return found;
    for (const places of bucketBatches(lengths, { maxTokens: batchSteps })) {
      const batch = clipBatch(
        places.map((place) => heard[place] as (typeof heard)[number]),
        this.listener.inputSize,
      );
      const logits = this.model.logits(batch);
      const rows = await ctcEmissionsAsync(logits, batch);
      logits.dispose();
      places.forEach((place, row) => (found[place] = rows[row] as CtcEmissions));
    }
    return found;
  }

  /** Frees the weights. */
  dispose(): void {
    this.model.dispose();
  }

  private async saveSettings(store: FileStore): Promise<void> {
    await writeConfig(store, speechTask, this.settings);
    await writeJson(store, runFiles.vocabulary, vocabularyToJson(this));
  }
}
