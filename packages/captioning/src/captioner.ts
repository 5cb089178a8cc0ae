import { ConfigError, DataError, type Random, seeded } from "@timestep/base";
import { type Hypothesis } from "@timestep/core";
import { toBeLoaded } from "@timestep/engine";
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
import { type PictureTable } from "./features/picture-table.js";
import { forcedLoss } from "./learning/forced.js";
import { CaptionTrainee } from "./learning/trainee.js";
import { CaptionModel, looksAtPlaces } from "./model.js";
import { leastModelValues, type PictureKind, savedFromJson, savedToJson } from "./saved.js";
import { type CaptioningScores, scoreCaptions } from "./scores.js";
import { type Sampling, searchCaptions } from "./search.js";
import { captioningSettings, type CaptioningSettings, type PartialCaptioningSettings } from "./settings.js";
import { CaptionVocabulary } from "./vocabulary.js";

/** Name of the task in run folders and reports. */
export const captioningTask = "caption";

/** Pictures with their captions: row by row they belong together. */
export interface CaptionLessons {
  readonly pictures: PictureTable;
  readonly captions: readonly (readonly string[])[];
  /** What the pictures are called, for messages. */
  readonly names: readonly string[];
}

/** What surrounds the training of a captioner. */
export interface CaptionFitOptions extends Omit<TrainOptions, "random"> {
  /** Decides which weights are best and when to stop; the training pictures when absent. */
  readonly dev?: CaptionLessons;
}

/** Where features come from. */
export interface FeatureOrigin {
  /** Fingerprint of the network that made them; a run keeps it, so that others are not taken for them. */
  readonly network?: string;
}

/** How pictures are captioned; what is left out is as the settings of the run say. */
export interface CaptionOptions extends Partial<CaptioningSettings["search"]> {
  /** Captions given for each picture. Default 1. */
  readonly nBest?: number;
  /** Say what each word looked at, where the model attends. Default false. */
  readonly attention?: boolean;
  /** Draw captions instead of searching for the most probable ones. */
  readonly sample?: Sampling | undefined;
  /** Other captioners with the same words, whose probabilities are averaged with this one's. */
  readonly with?: readonly { readonly captioner: Captioner; readonly pictures: PictureTable }[];
}

/** One way to describe a picture. */
export interface Candidate {
  readonly text: string;
  /** Log probability in nats under the penalties of the search; higher is better. */
  readonly score: number;
}

/** What a captioner says of a picture. */
export interface Caption {
  readonly caption: string;
  readonly score: number;
  /** Best first; the first is the caption. */
  readonly nbest: readonly Candidate[];
  /** The words of the caption with the weight of each place, row by row; undefined without attention. */
  readonly words?: readonly { readonly text: string; readonly places: Float32Array }[];
}

/**
 * Describes pictures.
 *
 * Make one by `untrained` and `fit` from pictures with captions, or by `load` from a run; both need a started engine.
 *
 * @example
 * ```ts
 * const captioner = Captioner.untrained(lessons, captioningSettings.parse({}), { network: network.fingerprint });
 * await captioner.fit(lessons);
 * (await captioner.captionAll(pictures))[0]?.caption; // "a dog runs on grass"
 * ```
 */
export class Captioner {
  private constructor(
    readonly settings: CaptioningSettings,
    readonly vocabulary: CaptionVocabulary,
    /** What the pictures must be. */
    readonly pictures: PictureKind,
    readonly model: CaptionModel,
  ) {}

  /**
   * A captioner with the words of the lessons that has learnt nothing yet.
   *
   * @throws {DataError} CAPTION_NO_LESSONS without pictures, CAPTION_NO_WORDS.
   * @throws {ShapeError} PICTURE_TOO_SMALL
   * @throws {ConfigError} ATTENTION_*, DECODER_*, CLOCKWORK_PERIODS, CAPTION_REWARD when no model can have the settings.
   */
  static untrained(
    lessons: CaptionLessons,
    settings: CaptioningSettings,
    { network }: FeatureOrigin = {},
  ): Captioner {
    if (lessons.pictures.count === 0 || lessons.captions.every((own) => own.length === 0)) {
      throw new DataError("CAPTION_NO_LESSONS", "there is no picture with a caption to train on.", {
        hint: "Give at least one picture with a caption.",
      });
    }
    checkReward(settings);
    const vocabulary = CaptionVocabulary.learn(lessons.captions.flat(), settings.text);
    const pictures: PictureKind = { shape: lessons.pictures.shape, network };
    const random = seeded(settings.seed).fork("weights");
    return new Captioner(settings, vocabulary, pictures, makeModel(vocabulary, pictures, settings, random));
  }

  /**
   * Trains a captioner. `dev` decides which weights are best and when to stop; without it the training pictures do.
   *
   * @throws what {@link Captioner.untrained} does.
   */
  static async train(
    lessons: CaptionLessons,
    settings: PartialCaptioningSettings = {},
    { network, ...options }: CaptionFitOptions & FeatureOrigin = {},
  ): Promise<{ captioner: Captioner; outcome: TrainingOutcome }> {
    const origin = network === undefined ? {} : { network };
    const captioner = Captioner.untrained(lessons, captioningSettings.parse(settings), origin);
    return { captioner, outcome: await captioner.fit(lessons, options) };
  }

  /**
   * Loads a captioner from a run.
   *
   * @throws {DataError} RUN_FILE_MISSING, RUN_FILE_INVALID, VOCAB_FORMAT, SEGMENT_FORMAT, MODEL_* when a file is damaged.
   * @throws {ConfigError} RUN_TASK when the run is of another task; RUN_FORMAT_VERSION when of another version.
   */
  static async load(store: FileStore): Promise<Captioner> {
    const settings = await readSettings(store, captioningTask, captioningSettings);
    const { vocabulary, pictures } = savedFromJson(await readJson(store, runFiles.vocabulary), settings);
    const model = await loadModel(store, leastModelValues(vocabulary, pictures, settings), () =>
      makeModel(vocabulary, pictures, settings, toBeLoaded),
    );
    return new Captioner(settings, vocabulary, pictures, model);
  }

  /** Trains this captioner, new or loaded, on pictures whose captions it has words for. */
  async fit(
    lessons: CaptionLessons,
    { dev = lessons, ...options }: CaptionFitOptions = {},
  ): Promise<TrainingOutcome> {
    const { training, seed, reward } = this.settings;
    this.checkPictures(lessons.pictures);
    this.checkPictures(dev.pictures);
    const trainee = new CaptionTrainee(this, lessons, dev);
    if (options.store !== undefined) await this.saveSettings(options.store);
    // Learning from captions is only the way to the rewards, so it may not end before they begin.
    const patience = reward.epochs > 0 ? 0 : training.patience;
    return train(trainee, { ...training, patience }, { ...options, random: seeded(seed).fork("training") });
  }

  /** Writes everything that `load` reads. */
  async save(store: FileStore): Promise<void> {
    await this.saveSettings(store);
    await saveWeights(store, this.model);
  }

  /**
   * Captions for all pictures of a table, in order.
   *
   * @throws {ConfigError} ENSEMBLE_UNITS when captioners that are to answer together have different words.
   * @throws {DataError} CAPTION_PICTURE_SHAPE when the pictures are not as those of the training.
   */
  async captionAll(pictures: PictureTable, options: CaptionOptions = {}): Promise<Caption[]> {
    const { attention = false, nBest = 1, sample, with: others = [], ...search } = options;
    this.checkPictures(pictures);
    for (const other of others) {
      other.captioner.checkPictures(other.pictures);
      this.checkSameWords(other.captioner);
    }
    const looks = [this, ...others.map(({ captioner }) => captioner)].every(({ attends }) => attends);
    const members = others.map((other) => ({ model: other.captioner.model, pictures: other.pictures }));
    const found = await searchCaptions(
      [{ model: this.model, pictures }, ...members],
      Array.from({ length: pictures.count }, (_, row) => row),
      this.vocabulary,
      this.settings.text.maxWords,
      { ...this.settings.search, ...search, nBest, sample, attention: attention && looks },
    );
    return found.map((own) => this.read(own));
  }

  /** Whether the network looks at places, so that what each word looked at can be told. */
  get attends(): boolean {
    return looksAtPlaces(this.settings.model);
  }

  /** The mean cross-entropy of a word of given captions, in nats, and its exponential. */
  async forcedLoss(lessons: CaptionLessons): Promise<{ loss: number; perplexity: number }> {
    const loss = await forcedLoss(this, lessons);
    return { loss, perplexity: Math.exp(loss) };
  }

  /** Scores captions against the references of their pictures. */
  score(references: readonly (readonly string[])[], captions: readonly string[]): CaptioningScores {
    return scoreCaptions(references, captions, this.vocabulary);
  }

  /** Frees the weights. */
  dispose(): void {
    this.model.dispose();
  }

  private read(found: readonly Hypothesis[]): Caption {
    const nbest = found.map(({ tokens, score }) => ({ text: this.vocabulary.decode(tokens), score }));
    const { text: caption, score } = nbest[0] ?? { text: "", score: 0 };
    const [best] = found;
    const looked = best?.attention;
    if (best === undefined || looked === undefined) return { caption, score, nbest };
    const words = best.tokens.map((token, step) => ({
      text: this.vocabulary.show(token),
      places: looked[step] as Float32Array,
    }));
    return { caption, score, nbest, words };
  }

  private checkPictures({ shape }: PictureTable): void {
    if (shape.join() === this.pictures.shape.join()) return;
    throw new DataError(
      "CAPTION_PICTURE_SHAPE",
      `the network was trained on pictures of [${this.pictures.shape.join(", ")}], these are [${shape.join(", ")}].`,
      { hint: "Read pictures as the settings of the run say, through the same network." },
    );
  }

  private checkSameWords(other: Captioner): void {
    if (JSON.stringify(this.vocabulary) === JSON.stringify(other.vocabulary)) return;
    throw new ConfigError("ENSEMBLE_UNITS", "captioners that answer together have different words.", {
      hint: "Take runs that were trained on the same data with the same settings of text.",
    });
  }

  private async saveSettings(store: FileStore): Promise<void> {
    await writeConfig(store, captioningTask, this.settings);
    await writeJson(store, runFiles.vocabulary, savedToJson(this.vocabulary, this.pictures));
  }
}

function makeModel(
  vocabulary: CaptionVocabulary,
  { shape }: PictureKind,
  settings: CaptioningSettings,
  random: Random,
): CaptionModel {
  return new CaptionModel(vocabulary.size, shape, settings, random);
}

/** Rewards are for whole captions, so no loss can tell which weights are best; nor are they all that is ever learnt. */
function checkReward({ reward, training, selectBy }: CaptioningSettings): void {
  if (reward.epochs === 0) return;
  if (selectBy === "loss") {
    throw new ConfigError(
      "CAPTION_REWARD",
      `weights that were rewarded cannot be chosen by selectBy "loss".`,
      {
        hint: 'Set selectBy: "ciderD", which is what rewards raise; the loss of true captions grows meanwhile.',
      },
    );
  }
  if (reward.epochs < training.epochs) return;
  throw new ConfigError(
    "CAPTION_REWARD",
    `reward.epochs is ${reward.epochs} of training.epochs ${training.epochs}: a network that says nothing yet is never rewarded.`,
    { hint: "Let some epochs learn from captions first." },
  );
}
