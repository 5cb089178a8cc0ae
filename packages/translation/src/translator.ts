import { ConfigError, DataError, seeded } from "@timestep/base";
import type { SentencePair } from "@timestep/data";
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
import { type ForcedLoss, forcedLosses, type ForcedOptions, meanLoss } from "./forced.js";
import { TranslationModel } from "./model.js";
import { leastModelValues } from "./saved.js";
import { scoreTranslations, type TranslationScores } from "./scores.js";
import {
  type PartialTranslationSettings,
  translationSettings,
  type TranslationSettings,
} from "./settings.js";
import { TranslationTrainee } from "./trainee.js";
import { translateTexts, type TranslateOptions } from "./translate.js";
import type { AlignedTranslation } from "./translated.js";
import { type Languages, learnSides, type Sides, sidesFromJson, sidesToJson } from "./units/index.js";

/** Name of the task in run folders and reports. */
export const translationTask = "translate";

/** What surrounds the training of a translator that there is already. */
export interface TranslationFitOptions extends Omit<TrainOptions, "random"> {
  /** Decides which weights are best and when to stop; the training pairs when absent. */
  readonly dev?: readonly SentencePair[];
}

/** What surrounds the training of a new translator. */
export interface TranslationTrainOptions extends TranslationFitOptions, Partial<Languages> {}

/**
 * Translates from one language into another.
 *
 * Make one by `train` from sentence pairs, or by `load` from a run; both need a started engine.
 *
 * @example
 * ```ts
 * const { translator } = await Translator.train(pairs, { training: { epochs: 20 } });
 * (await translator.translate("ein Hund rennt")).translation; // "a dog runs"
 * ```
 */
export class Translator {
  readonly settings: TranslationSettings;
  readonly sides: Sides;
  readonly model: TranslationModel;

  private constructor(settings: TranslationSettings, sides: Sides, model: TranslationModel) {
    this.settings = settings;
    this.sides = sides;
    this.model = model;
  }

  /**
   * A translator with the units of `pairs` that has learnt nothing yet.
   *
   * @throws {DataError} TRANSLATION_NO_PAIRS when no pair has text on both sides.
   * @throws {ConfigError} TRANSLATION_TIED, TRANSLATION_COVERAGE, ATTENTION_*, DECODER_*, CLOCKWORK_PERIODS when no model
   *   can have the settings.
   */
  static untrained(
    pairs: readonly SentencePair[],
    settings: TranslationSettings,
    { from, to }: Partial<Languages> = {},
  ): Translator {
    const usable = pairs.filter(({ source, target }) => source.trim() !== "" && target.trim() !== "");
    if (usable.length === 0) {
      throw new DataError("TRANSLATION_NO_PAIRS", "there is no pair with text on both sides to train on.", {
        hint: "Give at least one sentence with its translation.",
      });
    }
    checkCoverage(settings);
    const sides = learnSides(usable, settings, { from, to });
    const random = seeded(settings.seed).fork("weights");
    return new Translator(settings, sides, makeModel(sides, settings, random));
  }

  /**
   * Trains a translator. `dev` decides which weights are best and when to stop; without it the training pairs do.
   *
   * @throws what {@link Translator.untrained} does.
   */
  static async train(
    pairs: readonly SentencePair[],
    settings: PartialTranslationSettings = {},
    { from, to, ...rest }: TranslationTrainOptions = {},
  ): Promise<{ translator: Translator; outcome: TrainingOutcome }> {
    const translator = Translator.untrained(pairs, translationSettings.parse(settings), { from, to });
    return { translator, outcome: await translator.fit(pairs, rest) };
  }

  /**
   * Loads a translator from a run.
   *
   * @throws {DataError} RUN_FILE_MISSING, RUN_FILE_INVALID, VOCAB_FORMAT, SUBWORD_FORMAT, MODEL_* when a file is damaged.
   * @throws {ConfigError} RUN_TASK when the run is of another task; RUN_FORMAT_VERSION when of another version.
   */
  static async load(store: FileStore): Promise<Translator> {
    const settings = await readSettings(store, translationTask, translationSettings);
    const sides = sidesFromJson(await readJson(store, runFiles.vocabulary), settings);
    const model = await loadModel(store, leastModelValues(sides, settings.model), () =>
      makeModel(sides, settings, toBeLoaded),
    );
    return new Translator(settings, sides, model);
  }

  /** Trains this translator, new or loaded, on pairs that it has units for. */
  async fit(
    pairs: readonly SentencePair[],
    { dev = pairs, ...options }: TranslationFitOptions = {},
  ): Promise<TrainingOutcome> {
    const { training, seed } = this.settings;
    const trainee = new TranslationTrainee(this, pairs, dev);
    if (options.store !== undefined) await this.saveSettings(options.store);
    return train(trainee, training, { ...options, random: seeded(seed).fork("training") });
  }

  /** Writes everything that `load` reads. */
  async save(store: FileStore): Promise<void> {
    await this.saveSettings(store);
    await saveWeights(store, this.model);
  }

  /** Translates one text. */
  async translate(text: string, options: TranslateOptions = {}): Promise<AlignedTranslation> {
    return (await this.translateAll([text], options))[0] as AlignedTranslation;
  }

  /** Translates many texts at once, in order; one without words gives an empty translation. */
  translateAll(texts: readonly string[], options: TranslateOptions = {}): Promise<AlignedTranslation[]> {
    return translateTexts(this, texts, options);
  }

  /**
   * How probable given translations are: the cross-entropy of each unit. Every step reads the true unit before it, or
   * with `freeRunning` what the decoder itself said there.
   */
  forced(
    pairs: readonly Pick<SentencePair, "source" | "target">[],
    options: ForcedOptions = {},
  ): Promise<ForcedLoss[]> {
    return forcedLosses(this, pairs, options);
  }

  /** The mean cross-entropy of a unit of given translations, in nats, and its exponential. */
  async forcedLoss(
    pairs: readonly SentencePair[],
    options: ForcedOptions = {},
  ): Promise<{ loss: number; perplexity: number }> {
    const loss = meanLoss(await this.forced(pairs, options));
    return { loss, perplexity: Math.exp(loss) };
  }

  /** Scores translations against references, both as people write them. */
  score(references: readonly string[], translations: readonly string[]): TranslationScores {
    return scoreTranslations(references, translations, this.sides.target);
  }

  /** Frees the weights. */
  dispose(): void {
    this.model.dispose();
  }

  private async saveSettings(store: FileStore): Promise<void> {
    await writeConfig(store, translationTask, this.settings);
    await writeJson(store, runFiles.vocabulary, sidesToJson(this.sides));
  }
}

function makeModel(
  { source, target }: Sides,
  { model, labelSmoothing }: TranslationSettings,
  random: ReturnType<typeof seeded>,
): TranslationModel {
  const sizes = { source: source.segmenter.size, target: target.segmenter.size };
  return new TranslationModel(sizes, model, labelSmoothing, random);
}

/** A search that counts coverage fails without attention, which nobody should learn after the training. */
function checkCoverage({ model, search }: TranslationSettings): void {
  if (search.coveragePenalty === 0 || model.attention.kind !== "none") return;
  throw new ConfigError(
    "TRANSLATION_COVERAGE",
    `search.coveragePenalty is ${search.coveragePenalty}, and a network whose model.attention.kind is "none" looks at nothing.`,
    { hint: "Set search.coveragePenalty to 0, or choose a kind of attention." },
  );
}
