import type { Random } from "@timestep/base";
import type { SentencePair } from "@timestep/data";
import { type Evaluation, type Trainee, trueShare } from "@timestep/training";
import type { Scalar } from "@tensorflow/tfjs-core";
import { pairBatches } from "./batches.js";
import { type EncodedPair, encodePairs } from "./encode.js";
import { pairBatch, type TranslationModel } from "./model.js";
import type { Translator } from "./translator.js";

/** Pairs that are learnt together, and the share of true units that the decoder reads while it learns them. */
export interface Lesson {
  readonly pairs: readonly EncodedPair[];
  readonly trueTokens: number;
}

/** Dev translations shown after each evaluation. */
const shownSamples = 3;

/** Translation as the trainer sees it. */
export class TranslationTrainee implements Trainee<Lesson> {
  readonly model: TranslationModel;
  private readonly translator: Translator;
  private readonly train: readonly SentencePair[];
  private readonly dev: readonly SentencePair[];
  /** The pairs as they are cut without dropout of merges. */
  private readonly encoded: readonly EncodedPair[];

  constructor(translator: Translator, train: readonly SentencePair[], dev: readonly SentencePair[]) {
    this.model = translator.model;
    this.translator = translator;
    this.train = train;
    this.dev = dev;
    this.encoded = this.learnable(encodePairs(train, translator.sides, translator.settings.model));
  }

  epoch(index: number, random: Random): Lesson[] {
    const { training, sampling } = this.translator.settings;
    const { batchSize, maxTokens } = training;
    const pairs = this.cut(random.fork("merges"));
    const lengths = pairs.map(({ source, target }) => ({ source: source.length, target: target.length + 1 }));
    const limits = maxTokens === undefined ? { batchSize } : { batchSize, maxTokens };
    return pairBatches(lengths, limits, random).map((places, step, batches) => ({
      pairs: places.map((place) => pairs[place] as EncodedPair),
      trueTokens: trueShare(sampling, index * batches.length + step),
    }));
  }

  loss({ pairs, trueTokens }: Lesson, random: Random): Scalar {
    return this.model.loss(pairBatch(pairs), random, trueTokens);
  }

  describe({ pairs }: Lesson): string {
    return `pairs ${pairs.map(({ place }) => place).join(", ")}`;
  }

  examples({ pairs }: Lesson): number {
    return pairs.length;
  }

  async evaluate(): Promise<Evaluation> {
    const { translator, dev } = this;
    const { selectBy } = translator.settings;
    const { loss, perplexity } = await translator.forcedLoss(dev);
    if (selectBy === "loss") return { score: -loss, metrics: { loss, perplexity } };
    const said = await translator.translateAll(
      dev.map(({ source }) => source),
      { beam: 1 },
    );
    const { metrics } = translator.score(
      dev.map(({ target }) => target),
      said.map(({ translation }) => translation),
    );
    return {
      score: metrics["bleu"] as number,
      metrics: { ...metrics, loss, perplexity },
      samples: said.slice(0, shownSamples).map(({ source, translation }) => `${source}  ->  ${translation}`),
    };
  }

  /** The pairs of an epoch; with dropout of merges they are cut anew. */
  private cut(random: Random): readonly EncodedPair[] {
    const { sides, settings } = this.translator;
    const { dropout } = settings.text;
    if (dropout === 0) return this.encoded;
    return this.learnable(encodePairs(this.train, sides, settings.model, { rate: dropout, random }));
  }

  /** Those with something on both sides, neither of which is too long. */
  private learnable(pairs: readonly EncodedPair[]): EncodedPair[] {
    const { maxUnits } = this.translator.settings.text;
    return pairs.filter(
      ({ source, target }) =>
        source.length > 1 && source.length - 1 <= maxUnits && target.length > 0 && target.length <= maxUnits,
    );
  }
}
