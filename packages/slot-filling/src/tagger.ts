import { ConfigError, DataError, seeded } from "@timestep/base";
import { emptyTable, pretrainedTable } from "@timestep/core";
import { type TaggedExample, type Token, tokenise, type WordVectors } from "@timestep/data";
import { toBeLoaded } from "@timestep/engine";
import type { Frame } from "@timestep/metrics";
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
import type { z } from "zod";
import { type MajorityBaseline, majorityBaseline } from "./baseline.js";
import { SlotModel } from "./model.js";
import { leastModelValues, savedFromJson, savedToJson } from "./saved.js";
import { scoreFrames, selectionScore, type SlotScores } from "./scores.js";
import { slotSettings, type SlotSettings } from "./settings.js";
import { type Reader, type SentenceTags, tagSentences, tagSentencesAsync } from "./tag-sentences.js";
import { placeTags, placeTokens, type TaggedText } from "./tagged.js";
import { SlotTrainee } from "./trainee.js";
import { collectVocabulary, type SlotVocabulary } from "./vocabulary.js";

/** Name of the task in run folders and reports. */
export const slotTask = "slots";

/** Weights of O that are tried, in nats. */
const outsideWeights = [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4];

/** Settings as a caller may leave them out; the schema fills in the rest. */
export type PartialSlotSettings = z.input<typeof slotSettings>;

/**
 * Finds slots, entities and the intent in texts.
 *
 * Make one by `train` from labelled sentences, or by `load` from a run; both need a started engine.
 *
 * @example
 * ```ts
 * const { tagger } = await SlotTagger.train(examples, { training: { epochs: 20 } });
 * tagger.tag("leave Taipei on November 2nd").slots; // [{ type: "origin", text: "Taipei", start: 6, end: 12, … }, …]
 * ```
 */
export class SlotTagger {
  readonly settings: SlotSettings;
  readonly vocabulary: SlotVocabulary;
  readonly baseline: MajorityBaseline;
  readonly model: SlotModel;

  private constructor(
    settings: SlotSettings,
    vocabulary: SlotVocabulary,
    baseline: MajorityBaseline,
    model: SlotModel,
  ) {
    this.settings = settings;
    this.vocabulary = vocabulary;
    this.baseline = baseline;
    this.model = model;
  }

  /**
   * A tagger for the labels of `examples` that has learnt nothing yet. When it will be trained with `trainOnDev`, the
   * examples are those of {@link learntFrom}.
   *
   * @throws {DataError} SLOTS_NO_EXAMPLES when there is no sentence.
   * @throws {ConfigError} SLOTS_NO_DEV_LEFT when `fitOutside` is to choose on sentences that were learnt from;
   *   CHARACTERS_SIZE, CLOCKWORK_PERIODS when no model can have the sizes.
   */
  static untrained(
    examples: readonly TaggedExample[],
    settings: SlotSettings,
    vectors?: WordVectors,
  ): SlotTagger {
    if (examples.every(({ tokens }) => tokens.length === 0)) {
      throw new DataError("SLOTS_NO_EXAMPLES", "there is no sentence to train on.", {
        hint: "Give at least one example with tokens and tags.",
      });
    }
    checkDevIsLeft(settings);
    const vocabulary = collectVocabulary(examples, settings.model, vectors);
    const random = seeded(settings.seed).fork("weights");
    const table = vectors === undefined ? undefined : pretrainedTable(vectors);
    const model = new SlotModel(vocabulary, settings.model, random, table);
    return new SlotTagger(settings, vocabulary, majorityBaseline(examples), model);
  }

  /**
   * Trains a tagger. `dev` decides which weights are best and when to stop; without it the training sentences do. With
   * `trainOnDev` both are learnt from, all epochs are run, and the last weights are kept.
   *
   * @throws {DataError} SLOTS_NO_EXAMPLES when there is nothing to train on.
   * @throws {ConfigError} SLOTS_NO_DEV_LEFT when `fitOutside` is to choose on sentences that were learnt from.
   */
  static async train(
    examples: readonly TaggedExample[],
    settings: PartialSlotSettings = {},
    options: SlotTrainOptions = {},
  ): Promise<{ tagger: SlotTagger; outcome: TrainingOutcome }> {
    const { vectors, ...rest } = options;
    const all = slotSettings.parse(settings);
    const tagger = SlotTagger.untrained(learntFrom(examples, rest.dev, all), all, vectors);
    const outcome = await tagger.fit(examples, rest);
    return { tagger, outcome };
  }

  /**
   * Loads a tagger from a run.
   *
   * @throws {DataError} RUN_FILE_MISSING, RUN_FILE_INVALID, VOCAB_FORMAT, LABEL_FORMAT, MODEL_* when a file is damaged.
   * @throws {ConfigError} RUN_TASK when the run is of another task; RUN_FORMAT_VERSION when of another version.
   */
  static async load(store: FileStore): Promise<SlotTagger> {
    const settings = await readSettings(store, slotTask, slotSettings);
    const saved = savedFromJson(await readJson(store, runFiles.vocabulary));
    const { vocabulary, vectorSize, baseline } = saved;
    const table =
      vectorSize === null ? undefined : emptyTable(vocabulary.vectors?.size ?? 0, vectorSize, toBeLoaded);
    const model = await loadModel(
      store,
      leastModelValues(saved, settings.model),
      () => new SlotModel(vocabulary, settings.model, toBeLoaded, table),
    );
    return new SlotTagger(settings, vocabulary, baseline, model);
  }

  /**
   * Trains this tagger, new or loaded, on sentences whose labels it knows; `examples` and `dev` are those of
   * {@link SlotTagger.train}.
   *
   * @throws {DataError} LABEL_UNKNOWN when a sentence has another label; nothing is written in that case.
   */
  async fit(examples: readonly TaggedExample[], options: SlotFitOptions = {}): Promise<TrainingOutcome> {
    const { dev = examples, ...rest } = options;
    const { training, model, seed, trainOnDev } = this.settings;
    const trainee = new SlotTrainee(this, learntFrom(examples, options.dev, this.settings), dev);
    if (rest.store !== undefined) await this.saveSettings(rest.store);
    // An evaluation at the end alone is the best one, so the last weights are kept.
    const schedule = trainOnDev ? { ...training, evaluateEvery: training.epochs, patience: 0 } : training;
    const outcome = await train(trainee, schedule, { ...rest, random: seeded(seed).fork("training") });
    if (model.fitOutside) await this.fitOutside(dev);
    if (rest.store !== undefined && (model.fitOutside || outcome.weights === "current")) {
      await saveWeights(rest.store, this.model);
    }
    return outcome;
  }

  /** Writes everything that `load` reads. */
  async save(store: FileStore): Promise<void> {
    await this.saveSettings(store);
    await saveWeights(store, this.model);
  }

  /** Tags one text as people type it. On webgpu, which is read with `await` alone, see {@link tagAllAsync}. */
  tag(text: string): TaggedText {
    return this.tagAll([text])[0] as TaggedText;
  }

  /** Tags many texts at once. An empty text has no tokens. */
  tagAll(texts: readonly string[]): TaggedText[] {
    const tokens = texts.map((text) => tokenise(text));
    return placeAll(texts, tokens, tagSentences(wordsOf(tokens), this.reader()));
  }

  /** As {@link tagAll}, on any engine. */
  async tagAllAsync(texts: readonly string[]): Promise<TaggedText[]> {
    const tokens = texts.map((text) => tokenise(text));
    return placeAll(texts, tokens, await tagSentencesAsync(wordsOf(tokens), this.reader()));
  }

  /** Tags a sentence that is already cut into tokens. Offsets count in the tokens joined by blanks. */
  tagTokens(tokens: readonly string[]): TaggedText {
    const [said] = tagSentences([tokens], this.reader());
    return placeTags(tokens.join(" "), placeTokens(tokens), said as SentenceTags);
  }

  /** As {@link tagTokens}, on any engine. */
  async tagTokensAsync(tokens: readonly string[]): Promise<TaggedText> {
    const [said] = await tagSentencesAsync([tokens], this.reader());
    return placeTags(tokens.join(" "), placeTokens(tokens), said as SentenceTags);
  }

  /** Tags and intents of labelled sentences, cut into tokens as they are. */
  frames(examples: readonly TaggedExample[]): Frame[] {
    return tagSentences(tokensOf(examples), this.reader()).map(asFrame);
  }

  /** As {@link frames}, on any engine. */
  async framesAsync(examples: readonly TaggedExample[]): Promise<Frame[]> {
    return (await tagSentencesAsync(tokensOf(examples), this.reader())).map(asFrame);
  }

  /** Scores the tagger on labelled sentences. */
  evaluate(examples: readonly TaggedExample[]): SlotScores {
    return scoreFrames(examples, this.frames(examples));
  }

  /** As {@link evaluate}, on any engine. */
  async evaluateAsync(examples: readonly TaggedExample[]): Promise<SlotScores> {
    return scoreFrames(examples, await this.framesAsync(examples));
  }

  /** Frees the weights. */
  dispose(): void {
    this.model.dispose();
  }

  /** Tries weights of O and keeps the one that scores best; the least such weight, so that chance changes nothing. */
  private async fitOutside(dev: readonly TaggedExample[]): Promise<void> {
    let best = { weight: 0, score: -1 };
    for (const weight of outsideWeights) {
      this.model.weighOutside(weight);
      const score = selectionScore((await this.evaluateAsync(dev)).metrics, this.settings.selectBy);
      if (score > best.score) best = { weight, score };
    }
    this.model.weighOutside(best.weight);
  }

  private async saveSettings(store: FileStore): Promise<void> {
    await writeConfig(store, slotTask, this.settings);
    const { vocabulary, baseline } = this;
    const { vectorSize } = this.model;
    await writeJson(store, runFiles.vocabulary, savedToJson({ vocabulary, vectorSize, baseline }));
  }

  private reader(): Reader {
    const { model, vocabulary, settings } = this;
    return { model, vocabulary, settings: settings.model };
  }
}

function wordsOf(texts: readonly (readonly Token[])[]): string[][] {
  return texts.map((tokens) => tokens.map(({ text }) => text));
}

function tokensOf(examples: readonly TaggedExample[]): (readonly string[])[] {
  return examples.map(({ tokens }) => tokens);
}

function placeAll(
  texts: readonly string[],
  tokens: readonly Token[][],
  said: readonly SentenceTags[],
): TaggedText[] {
  return texts.map((text, index) => placeTags(text, tokens[index] as Token[], said[index] as SentenceTags));
}

function asFrame({ tags, intent }: SentenceTags): Frame {
  return { tags, intent: intent?.label };
}

/** What surrounds the training of a tagger that there is already. */
export interface SlotFitOptions extends Omit<TrainOptions, "random"> {
  /** Decides which weights are best and when to stop; the training sentences when absent. */
  readonly dev?: readonly TaggedExample[];
}

/** What surrounds the training of a new tagger. */
export interface SlotTrainOptions extends SlotFitOptions {
  /** Pretrained vectors, read beside the trained ones. */
  readonly vectors?: WordVectors;
}

/** The sentences that a tagger learns from: the training split, and with `trainOnDev` the dev split too. */
export function learntFrom(
  examples: readonly TaggedExample[],
  dev: readonly TaggedExample[] | undefined,
  { trainOnDev }: SlotSettings,
): readonly TaggedExample[] {
  return trainOnDev && dev !== undefined ? [...examples, ...dev] : examples;
}

function checkDevIsLeft({ trainOnDev, model }: SlotSettings): void {
  if (!trainOnDev || !model.fitOutside) return;
  throw new ConfigError(
    "SLOTS_NO_DEV_LEFT",
    "model.fitOutside cannot choose on a dev split that trainOnDev learns from.",
    {
      hint: "Fit it in a run without trainOnDev, then give what was found as model.outsideWeight.",
    },
  );
}
