import { ConfigError, DataError, seeded } from "@timestep/base";
import { emptyTable, pretrainedTable } from "@timestep/core";
import { type Token, tokenise, UNLABELLED, type WordVectors } from "@timestep/data";
import { toBeLoaded } from "@timestep/engine";
import { fitTemperature, temperedSoftmax } from "@timestep/metrics";
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
import { type ClassifiedText, phraseTree, type WeighedToken } from "./classified.js";
import { type SentimentExample, tokensOf } from "./examples.js";
import { SentimentModel } from "./model.js";
import { greatest, type ReadText, readTexts } from "./read-texts.js";
import { leastModelValues, savedFromJson, savedToJson } from "./saved.js";
import { type Opinion, scoreOpinions, type SentimentScores } from "./scores.js";
import { type PartialSentimentSettings, sentimentSettings, type SentimentSettings } from "./settings.js";
import { SentimentTrainee } from "./trainee.js";
import { collectVocabulary, type SentimentVocabulary } from "./vocabulary.js";

/** Name of the task in run folders and reports. */
export const sentimentTask = "sentiment";

/** What surrounds the training of a classifier that there is already. */
export interface SentimentFitOptions extends Omit<TrainOptions, "random"> {
  /** Decides which weights are best and when to stop, and fits the temperature; the training texts when absent. */
  readonly dev?: readonly SentimentExample[];
}

/** What surrounds the training of a new classifier. */
export interface SentimentTrainOptions extends SentimentFitOptions {
  readonly vectors?: WordVectors;
  /** All labels in their order; those of the training texts when absent. */
  readonly labels?: readonly string[];
}

interface Parts {
  readonly settings: SentimentSettings;
  readonly vocabulary: SentimentVocabulary;
  readonly labelCounts: readonly number[];
  readonly model: SentimentModel;
}

/**
 * Says which of some labels a text has.
 *
 * Make one by `train` from labelled texts, or by `load` from a run; both need a started engine.
 *
 * @example
 * ```ts
 * const { classifier } = await SentimentClassifier.train(examples, { training: { epochs: 20 } });
 * (await classifier.classify("not half bad")).label; // "positive"
 * ```
 */
export class SentimentClassifier {
  readonly settings: SentimentSettings;
  readonly vocabulary: SentimentVocabulary;
  /** How many training texts have each label, in the order of the labels. */
  readonly labelCounts: readonly number[];
  readonly model: SentimentModel;

  private constructor({ settings, vocabulary, labelCounts, model }: Parts) {
    this.settings = settings;
    this.vocabulary = vocabulary;
    this.labelCounts = labelCounts;
    this.model = model;
  }

  /**
   * A classifier for the labels of `examples`, or for `labels`, that has learnt nothing yet.
   *
   * @throws {DataError} SENTIMENT_NO_EXAMPLES when there is no text with a word.
   * @throws {ConfigError} CHARACTERS_SIZE, CLOCKWORK_PERIODS when no model can have the sizes.
   */
  static untrained(
    examples: readonly SentimentExample[],
    settings: SentimentSettings,
    { vectors, labels }: Pick<SentimentTrainOptions, "vectors" | "labels"> = {},
  ): SentimentClassifier {
    if (examples.every((example) => tokensOf(example).length === 0)) {
      throw new DataError("SENTIMENT_NO_EXAMPLES", "there is no text to train on.", {
        hint: "Give at least one example with a word and a label.",
      });
    }
    checkVectors(settings, vectors);
    const vocabulary = collectVocabulary(examples, labels ?? labelsOf(examples), settings.model, vectors);
    const labelCounts = vocabulary.labels.labels.map(
      (label) => examples.filter((example) => example.label === label).length,
    );
    const table = vectors === undefined ? undefined : pretrainedTable(vectors);
    const model = new SentimentModel(
      vocabulary,
      settings.model,
      seeded(settings.seed).fork("weights"),
      table,
    );
    return new SentimentClassifier({ settings, vocabulary, labelCounts, model });
  }

  /**
   * Trains a classifier. `dev` decides which weights are best and when to stop; without it the training texts do.
   *
   * @throws {DataError} SENTIMENT_NO_EXAMPLES when there is nothing to train on.
   */
  static async train(
    examples: readonly SentimentExample[],
    settings: PartialSentimentSettings = {},
    { vectors, labels, ...rest }: SentimentTrainOptions = {},
  ): Promise<{ classifier: SentimentClassifier; outcome: TrainingOutcome }> {
    const made = {
      ...(vectors === undefined ? {} : { vectors }),
      ...(labels === undefined ? {} : { labels }),
    };
    const classifier = SentimentClassifier.untrained(examples, sentimentSettings.parse(settings), made);
    return { classifier, outcome: await classifier.fit(examples, rest) };
  }

  /**
   * Loads a classifier from a run.
   *
   * @throws {DataError} RUN_FILE_MISSING, RUN_FILE_INVALID, VOCAB_FORMAT, LABEL_FORMAT, MODEL_* when a file is damaged.
   * @throws {ConfigError} RUN_TASK when the run is of another task; RUN_FORMAT_VERSION when of another version.
   */
  static async load(store: FileStore): Promise<SentimentClassifier> {
    const settings = await readSettings(store, sentimentTask, sentimentSettings);
    const saved = savedFromJson(await readJson(store, runFiles.vocabulary));
    const { vocabulary, vectorSize, labelCounts } = saved;
    const table =
      vectorSize === null ? undefined : emptyTable(vocabulary.vectors?.size ?? 0, vectorSize, toBeLoaded);
    const model = await loadModel(
      store,
      leastModelValues(saved, settings.model),
      () => new SentimentModel(vocabulary, settings.model, toBeLoaded, table),
    );
    return new SentimentClassifier({ settings, vocabulary, labelCounts, model });
  }

  /**
   * Trains this classifier, new or loaded, then fits the temperature of its confidences on `dev`.
   *
   * @throws {DataError} LABEL_UNKNOWN when a text has a label it does not know; nothing is written in that case.
   */
  async fit(
    examples: readonly SentimentExample[],
    options: SentimentFitOptions = {},
  ): Promise<TrainingOutcome> {
    const { dev = examples.filter(({ label }) => label !== UNLABELLED), ...rest } = options;
    const { training, seed } = this.settings;
    this.vocabulary.labels.encode(
      [...dev, ...examples].flatMap(({ label }) => (label === UNLABELLED ? [] : [label])),
    );
    const trainee = new SentimentTrainee(this, examples, dev);
    if (rest.store !== undefined) await this.saveSettings(rest.store);
    this.model.setTemperature(1); // confidences while training are those of the scores as they are
    const outcome = await train(trainee, training, { ...rest, random: seeded(seed).fork("training") });
    await this.fitTemperature(dev);
    if (rest.store !== undefined) await saveWeights(rest.store, this.model);
    return outcome;
  }

  /** Writes everything that `load` reads. */
  async save(store: FileStore): Promise<void> {
    await this.saveSettings(store);
    await saveWeights(store, this.model);
  }

  /** Classifies one text as people type it. */
  async classify(text: string): Promise<ClassifiedText> {
    return (await this.classifyAll([text]))[0] as ClassifiedText;
  }

  /** Classifies many texts at once, and says what each word did. */
  async classifyAll(
    texts: readonly (string | SentimentExample)[],
    { abstainBelow = this.settings.abstainBelow }: { readonly abstainBelow?: number } = {},
  ): Promise<ClassifiedText[]> {
    const cut = texts.map((text) => {
      const example = typeof text === "string" ? { text } : text;
      const tree = typeof text === "string" ? undefined : text.tree;
      return {
        text: example.text,
        words: tree === undefined ? tokenise(example.text) : tokensOf({ ...example, tree }),
        tree,
      };
    });
    const said = await readTexts(cut, this.reader(), { explain: true });
    const temperature = await this.model.temperature();
    return cut.map(({ text, words }, index) =>
      this.described(text, words, said[index], temperature, abstainBelow),
    );
  }

  /** Label and confidence of labelled texts; one without words gets the most frequent label of training. */
  async opinions(examples: readonly SentimentExample[]): Promise<Opinion[]> {
    const said = await readTexts(
      examples.map((example) => ({ words: tokensOf(example), tree: example.tree })),
      this.reader(),
    );
    const temperature = await this.model.temperature();
    return said.map((read) =>
      this.opinion(read === undefined ? this.shares() : temperedSoftmax(read.logits, temperature)),
    );
  }

  /** Scores the classifier on labelled texts. */
  async evaluate(examples: readonly SentimentExample[]): Promise<SentimentScores> {
    return scoreOpinions(
      examples.map(({ label }) => label),
      await this.opinions(examples),
    );
  }

  /** Frees the weights. */
  dispose(): void {
    this.model.dispose();
  }

  /** Chooses the temperature under which the labels of `dev` are most probable. */
  private async fitTemperature(dev: readonly SentimentExample[]): Promise<void> {
    const said = await readTexts(
      dev.map((example) => ({ words: tokensOf(example), tree: example.tree })),
      this.reader(),
    );
    const read = said.flatMap((text, index) =>
      text === undefined ? [] : [{ logits: text.logits, label: (dev[index] as SentimentExample).label }],
    );
    if (read.length === 0 || this.vocabulary.labels.size < 2) return;
    const { temperature } = fitTemperature(
      read.map(({ logits }) => logits),
      read.map(({ label }) => this.vocabulary.labels.id(label)),
    );
    this.model.setTemperature(temperature);
  }

  private described(
    text: string,
    tokens: readonly Token[],
    read: ReadText | undefined,
    temperature: number,
    abstainBelow: number,
  ): ClassifiedText {
    const { labels } = this.vocabulary;
    const scores = read === undefined ? this.shares() : temperedSoftmax(read.logits, temperature);
    const { label, confidence } = this.opinion(scores);
    const weighed = tokens.map((token, at): WeighedToken => {
      const attention = read?.attention?.[at];
      return {
        ...token,
        weight: read?.weights?.[at] ?? 0,
        ...(attention === undefined ? {} : { attention }),
      };
    });
    const result = {
      text,
      label: read === undefined || confidence < abstainBelow ? null : label,
      confidence,
      scores: Object.fromEntries(labels.labels.map((name, id) => [name, scores[id] as number])),
      tokens: weighed,
    };
    if (read?.nodes === undefined || read.encoded.tree === undefined) return result;
    const nodes = read.nodes.map((logits) => this.opinion(temperedSoftmax(logits, temperature)));
    return { ...result, tree: phraseTree(read.encoded.tree.shape, read.encoded.places, tokens, nodes) };
  }

  private opinion(scores: readonly number[]): Opinion {
    const best = greatest(scores);
    return { label: this.vocabulary.labels.label(best), confidence: scores[best] as number };
  }

  /** How frequent each label was in training: all that is known of a text without words. */
  private shares(): number[] {
    const total = this.labelCounts.reduce((sum, count) => sum + count, 0);
    return this.labelCounts.map((count) => (total === 0 ? 1 / this.labelCounts.length : count / total));
  }

  private async saveSettings(store: FileStore): Promise<void> {
    await writeConfig(store, sentimentTask, this.settings);
    const { vocabulary, labelCounts } = this;
    const { vectorSize } = this.model;
    await writeJson(store, runFiles.vocabulary, savedToJson({ vocabulary, vectorSize, labelCounts }));
  }

  private reader() {
    return { model: this.model, vocabulary: this.vocabulary, settings: this.settings.model };
  }
}

/** Labels of texts and of their phrases, sorted. */
function labelsOf(examples: readonly SentimentExample[]): string[] {
  return [...new Set(examples.flatMap(({ label }) => (label === UNLABELLED ? [] : [label])))].sort();
}

function checkVectors({ model }: SentimentSettings, vectors: WordVectors | undefined): void {
  if ((model.vectors.source === undefined) === (vectors === undefined)) return;
  throw new ConfigError(
    "SENTIMENT_VECTORS",
    vectors === undefined
      ? `model.vectors.source is "${model.vectors.source ?? ""}", and no vectors were given.`
      : "vectors were given, and model.vectors.source names none.",
    { hint: "Read the vectors that the settings name with readWordVectors, and pass them as vectors." },
  );
}
