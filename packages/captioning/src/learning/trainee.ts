import { type Random } from "@timestep/base";
import { type Evaluation, type Trainee, trueShare } from "@timestep/training";
import { type Scalar } from "@tensorflow/tfjs-core";
import { type Captioner, type CaptionLessons } from "../captioner.js";
import { augmentPixels } from "../features/augment-pixels.js";
import { captionBatch, type CaptionModel } from "../model.js";
import { captionLessons, drawLessons, type Lesson, longestFirst, type TokensByPicture } from "./lessons.js";
import { drawRewarded, Rewarder } from "./rewards.js";

/** Dev captions shown after each evaluation. */
const shownSamples = 3;

/** Captions as the trainer sees them. */
export class CaptionTrainee implements Trainee<Lesson> {
  readonly model: CaptionModel;
  private readonly tokens: TokensByPicture;
  private rewarder: Rewarder | undefined;

  constructor(
    private readonly captioner: Captioner,
    private readonly train: CaptionLessons,
    private readonly dev: CaptionLessons,
  ) {
    this.model = captioner.model;
    this.tokens = train.captions.map((own) =>
      own.map((caption) => captioner.vocabulary.encode(caption)).filter((tokens) => tokens.length > 0),
    );
  }

  /** True captions, and in the last epochs captions that are drawn for rewards. */
  epoch(index: number, random: Random): Lesson[] {
    const { captionsPerPicture, training, reward, sampling } = this.captioner.settings;
    const { batchSize } = training;
    if (index >= training.epochs - reward.epochs)
      return drawLessons(this.tokens, { batchSize, each: reward.samples }, random);
    const each = captionsPerPicture === 0 ? Number.POSITIVE_INFINITY : captionsPerPicture;
    const lessons = captionLessons(this.tokens, { batchSize, each }, random);
    return lessons.map((lesson, step) => ({
      ...lesson,
      trueTokens: trueShare(sampling, index * lessons.length + step),
    }));
  }

  /** Draws the captions that are to be rewarded. */
  async prepare(lesson: Lesson, random: Random): Promise<Lesson> {
    if (lesson.kind !== "draw") return lesson;
    const { reward, text } = this.captioner.settings;
    const { maxWords } = text;
    this.rewarder ??= new Rewarder(this.tokens, maxWords);
    const { samples, temperature } = reward;
    const draws = { samples, temperature, maxWords, random };
    return drawRewarded(lesson, this.model, this.train.pictures, this.rewarder, draws);
  }

  /**
   * The mean cross-entropy of a word; of drawn captions the mean of a caption's times its reward, whose gradient is that
   * of the reward to be expected, taken down. They are drawn without dropout, and learnt without.
   */
  loss(lesson: Lesson, random: Random): Scalar {
    if (lesson.kind === "draw") throw new Error("captions are drawn before their loss is taken");
    const { pictures, captions, pictureOf } = lesson;
    const order = longestFirst(captions);
    const values =
      lesson.kind === "captions" ? this.varied(pictures, random) : this.train.pictures.gridsOf(pictures);
    const batch = captionBatch(
      { count: pictures.length, values },
      order.map((place) => captions[place] as readonly number[]),
      Int32Array.from(order, (place) => pictureOf[place] as number),
      this.captioner.settings.text.maxWords,
    );
    if (lesson.kind === "captions") return this.model.loss(batch, random, { trueTokens: lesson.trueTokens });
    const rewards = Float32Array.from(order, (place) => lesson.rewards[place] as number);
    return this.model.rewardLoss(batch, rewards);
  }

  /** Pictures as captions are learnt from: those whose pixels the network itself sees vary. */
  private varied(rows: readonly number[], random: Random): Float32Array {
    const { pictures } = this.train;
    const { encoder, augmentation } = this.captioner.settings.picture;
    const values = pictures.gridsOf(rows);
    if (encoder === "pretrained") return values;
    return augmentPixels(values, pictures.shape, augmentation, random.fork("pictures"));
  }

  describe({ pictures }: Lesson): string {
    return `pictures ${pictures.map((row) => this.train.names[row] ?? row).join(", ")}`;
  }

  examples(lesson: Lesson): number {
    return lesson.kind === "draw" ? lesson.count : lesson.captions.length;
  }

  /** Free-running: captions are searched for, never given. */
  async evaluate(): Promise<Evaluation> {
    const { captioner, dev } = this;
    const { selectBy } = captioner.settings;
    const { loss, perplexity } = await captioner.forcedLoss(dev);
    if (selectBy === "loss") return { score: -loss, metrics: { loss, perplexity } };
    const said = await captioner.captionAll(dev.pictures, { beam: 1 });
    const captions = said.map(({ caption }) => caption);
    const { metrics } = captioner.score(dev.captions, captions);
    return {
      score: metrics[selectBy] as number,
      metrics: { ...metrics, loss, perplexity },
      samples: captions
        .slice(0, shownSamples)
        .map((caption, place) => `${dev.captions[place]?.[0] ?? ""}  ->  ${caption}`),
    };
  }
}
