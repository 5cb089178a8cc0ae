import type { Random } from "@timestep/base";
import { bucketBatches, type LabelledTree, mapTreeLabels, UNLABELLED } from "@timestep/data";
import type { Evaluation, Trainee } from "@timestep/training";
import type { Scalar } from "@tensorflow/tfjs-core";
import { makeLabelledBatch } from "./batch.js";
import type { SentimentClassifier } from "./classifier.js";
import { encodeText, type EncodedText } from "./encode.js";
import { phrasesOf, type SentimentExample, tokensOf } from "./examples.js";
import type { SentimentModel } from "./model.js";
import type { SentimentSettings } from "./settings.js";

/** The places of some examples; what the trainer calls a batch. */
export type Places = readonly number[];

interface Lesson {
  readonly text: EncodedText;
  /** -1 where only phrases have a label. */
  readonly label: number;
  readonly place: string;
}

/** Sentiment as the trainer sees it. */
export class SentimentTrainee implements Trainee<Places> {
  readonly model: SentimentModel;
  private readonly classifier: SentimentClassifier;
  private readonly dev: readonly SentimentExample[];
  private readonly lessons: readonly Lesson[];
  private readonly lengths: readonly number[];

  constructor(
    classifier: SentimentClassifier,
    train: readonly SentimentExample[],
    dev: readonly SentimentExample[],
  ) {
    const { vocabulary, settings } = classifier;
    this.model = classifier.model;
    this.classifier = classifier;
    this.dev = dev;
    this.lessons = lessonsOf(train, settings).flatMap((example) => {
      const words = tokensOf(example).map(({ text }) => text);
      if (words.length === 0) return [];
      const { tree } = example;
      return [
        {
          text: encodeText(words, vocabulary, settings.model, tree && taught(tree, settings)),
          label: example.label === UNLABELLED ? -1 : vocabulary.labels.id(example.label),
          place: `${example.where.file}:${example.where.line}`,
        },
      ];
    });
    this.lengths = this.lessons.map(({ text }) => text.words.length);
  }

  epoch(_index: number, random: Random): Places[] {
    const { batchSize, maxTokens } = this.classifier.settings.training;
    return bucketBatches(
      this.lengths,
      maxTokens === undefined ? { batchSize } : { batchSize, maxTokens },
      random,
    );
  }

  loss(places: Places, random: Random): Scalar {
    const { model } = this.classifier.settings;
    const lessons = places.map((place) => this.lessons[place] as Lesson);
    const batch = makeLabelledBatch(
      lessons.map(({ text }) => text),
      lessons.map(({ label }) => label),
      model,
      { rate: model.words.dropout, random },
    );
    return this.model.loss(batch, random);
  }

  describe(places: Places): string {
    return `texts ${places.map((place) => this.lessons[place]?.place).join(", ")}`;
  }

  examples(places: Places): number {
    return places.length;
  }

  async evaluate(): Promise<Evaluation> {
    const { metrics } = await this.classifier.evaluate(this.dev);
    const shown = this.dev.slice(0, 3);
    const said = await this.classifier.opinions(shown);
    return {
      score: metrics[this.classifier.settings.selectBy] as number,
      metrics,
      samples: shown.map(({ text }, index) => `${said[index]?.label ?? ""}  ${text.slice(0, 120)}`),
    };
  }
}

/** What is learnt from: for sequences, phrases are texts of their own. */
function lessonsOf(
  train: readonly SentimentExample[],
  { phrases, phraseWords, model }: SentimentSettings,
): readonly SentimentExample[] {
  return phrases && model.kind === "sequence" ? phrasesOf(train, phraseWords) : train;
}

/** A tree with the labels that are learnt from. */
function taught(tree: LabelledTree, { phrases }: SentimentSettings): LabelledTree {
  return phrases ? tree : mapTreeLabels(tree, (label, node) => (node === tree ? label : UNLABELLED));
}
