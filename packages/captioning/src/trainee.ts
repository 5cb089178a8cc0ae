import { type Random } from "@timestep/base";
import { type LossOptions } from "@timestep/core";
import { type CiderReferences, CiderScorer } from "@timestep/metrics";
import { type Evaluation, type Trainee, trueShare } from "@timestep/training";
import { type Scalar } from "@tensorflow/tfjs-core";
import { type Captioner, type CaptionLessons } from "./captioner.js";
import { captionBatch, type CaptionModel } from "./model.js";
import { searchCaptions } from "./search.js";

/** Pictures that are learnt together, with some of their captions. */
export interface Lesson {
  /** Rows of the training pictures. */
  readonly pictures: readonly number[];
  readonly captions: readonly (readonly number[])[];
  /** For each caption the place of its picture in the lesson. */
  readonly pictureOf: Int32Array;
  /** The share of true words that the decoder reads. */
  readonly trueTokens: number;
  /** Undefined where true captions are learnt; else the captions are drawn, and worth this each. */
  readonly rewards?: Float32Array | undefined;
  /** Whether captions are still to be drawn. */
  readonly toDraw: boolean;
}

/** Dev captions shown after each evaluation. */
const shownSamples = 3;

/** Captions as the trainer sees them. */
export class CaptionTrainee implements Trainee<Lesson> {
  readonly model: CaptionModel;
  private readonly tokens: readonly (readonly (readonly number[])[])[];
  private rewarder: Rewarder | undefined;

  constructor(
    private readonly captioner: Captioner,
    private readonly train: CaptionLessons,
    private readonly dev: CaptionLessons,
  ) {
    this.model = captioner.model;
    this.tokens = train.captions.map((own) => own.map((caption) => captioner.vocabulary.encode(caption)));
  }

  epoch(index: number, random: Random): Lesson[] {
    const { captionsPerPicture, training, reward, sampling } = this.captioner.settings;
    const most = captionsPerPicture === 0 ? Number.POSITIVE_INFINITY : captionsPerPicture;
    const order = random.fork("pictures").shuffled(this.tokens.map((_, row) => row));
    const draws = random.fork("captions");
    const toDraw = index >= training.epochs - reward.epochs;
    const lessons: Omit<Lesson, "trueTokens">[] = [];
    let pictures: number[] = [];
    let captions: (readonly number[])[] = [];
    let pictureOf: number[] = [];
    const close = (): void => {
      if (captions.length === 0) return;
      lessons.push({ pictures, captions, pictureOf: Int32Array.from(pictureOf), toDraw });
      [pictures, captions, pictureOf] = [[], [], []];
    };
    for (const row of order) {
      const own = this.tokens[row] as readonly (readonly number[])[];
      const chosen = own.length <= most ? own : draws.shuffled(own).slice(0, most);
      if (captions.length + chosen.length > training.batchSize) close();
      for (const caption of chosen) {
        captions.push(caption);
        pictureOf.push(pictures.length);
      }
      pictures.push(row);
    }
    close();
    return lessons.map((lesson, step) => ({
      ...lesson,
      trueTokens: trueShare(sampling, index * lessons.length + step),
    }));
  }

  /** Self-critical training: captions are drawn, and worth how much they are better than what a greedy search finds. */
  async prepare(lesson: Lesson, random: Random): Promise<Lesson> {
    if (!lesson.toDraw) return lesson;
    const { captioner, train } = this;
    const { settings, vocabulary } = captioner;
    const { samples, temperature } = settings.reward;
    this.rewarder ??= new Rewarder(this.tokens);
    const search = (sample: { temperature: number; random: Random } | undefined, nBest: number) =>
      searchCaptions(
        [{ model: this.model, pictures: train.pictures }],
        lesson.pictures,
        vocabulary,
        settings.text.maxWords,
        // No rules: what is learnt is what the network itself says.
        {
          ...{ ...settings.search, beam: 1, noRepeat: 0, noDangling: false },
          ...{ sample, nBest, attention: false },
        },
      );
    const best = await search(undefined, 1);
    const drawn = await search({ temperature, random }, samples);
    const captions: (readonly number[])[] = [];
    const pictureOf: number[] = [];
    const rewards: number[] = [];
    lesson.pictures.forEach((row, place) => {
      const usual = this.rewarder?.reward(row, best[place]?.[0]?.tokens ?? []) ?? 0;
      for (const { tokens } of drawn[place] ?? []) {
        captions.push(tokens);
        pictureOf.push(place);
        rewards.push((this.rewarder?.reward(row, tokens) ?? 0) - usual);
      }
    });
    return {
      ...lesson,
      captions,
      pictureOf: Int32Array.from(pictureOf),
      rewards: Float32Array.from(rewards),
      toDraw: false,
    };
  }

  loss({ pictures, captions, pictureOf, trueTokens, rewards }: Lesson, random: Random): Scalar {
    const values = this.train.pictures.gridsOf(pictures);
    const batch = captionBatch({ count: pictures.length, values }, captions, pictureOf);
    const how: Omit<LossOptions, "random"> = rewards === undefined ? { trueTokens } : { rowWeights: rewards };
    return this.model.loss(batch, random, how);
  }

  describe({ pictures }: Lesson): string {
    return `pictures ${pictures.map((row) => this.train.names[row] ?? row).join(", ")}`;
  }

  examples({ captions }: Lesson): number {
    return captions.length;
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

/** CIDEr-D of captions against those of the training pictures, in tokens. */
class Rewarder {
  private readonly scorer: CiderScorer;
  private readonly references: readonly CiderReferences[];

  constructor(captions: readonly (readonly (readonly number[])[])[]) {
    this.scorer = new CiderScorer(captions);
    this.references = captions.map((own) => this.scorer.prepare(own));
  }

  reward(row: number, caption: readonly number[]): number {
    return this.scorer.score(this.references[row] as CiderReferences, caption);
  }
}
