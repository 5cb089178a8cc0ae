import { DataError, type Random } from "@timestep/base";
import { bucketBatches } from "@timestep/data";
import type { Evaluation, Trainee } from "@timestep/training";
import type { Scalar } from "@tensorflow/tfjs-core";
import type { Lessons } from "./corpus/lessons.js";
import type { Utterance } from "./corpus/utterance.js";
import { feasibleUtterances } from "./feasible.js";
import { clipBatch, type SpeechModel } from "./model.js";
import type { SpeechRecogniser } from "./recogniser.js";

/** Utterances that are learnt together. */
export type Lesson = readonly Utterance[];

/** Dev texts shown after each evaluation. */
const shownSamples = 3;

/** Speech recognition as the trainer sees it. */
export class SpeechTrainee implements Trainee<Lesson> {
  readonly model: SpeechModel;
  private readonly recogniser: SpeechRecogniser;
  private readonly lessons: Lessons;
  private readonly dev: readonly Utterance[];

  constructor(recogniser: SpeechRecogniser, lessons: Lessons, dev: readonly Utterance[]) {
    this.model = recogniser.model;
    this.recogniser = recogniser;
    this.lessons = lessons;
    this.dev = dev;
  }

  epoch(index: number, random: Random): Lesson[] {
    const { labels, listener, settings } = this.recogniser;
    const { utterances } = feasibleUtterances(
      this.lessons.epoch(random.fork("lessons")),
      labels,
      listener,
      settings,
    );
    if (utterances.length === 0) {
      throw new DataError("SPEECH_NO_UTTERANCES", "there is no recording left to train on.", {
        hint: "All were left out: look at the warnings of inspect --data.",
      });
    }
    const { batchSize, maxTokens } = settings.training;
    const limits = maxTokens === undefined ? { batchSize } : { batchSize, maxTokens };
    const steps = utterances.map(({ seconds }) => Math.max(1, listener.stepsOf(seconds)));
    const sorted = index === 0 && settings.sortFirstEpoch;
    return bucketBatches(steps, limits, sorted ? undefined : random).map((places) =>
      places.map((place) => utterances[place] as Utterance),
    );
  }

  loss(lesson: Lesson, random: Random): Scalar {
    const { labels, listener } = this.recogniser;
    const clips = lesson.map((utterance, place) =>
      listener.listenVaried(utterance.clip(), random.fork(`clip ${place}`)),
    );
    const targets = lesson.map(({ id, text }) => labels.encode(text, id));
    return this.model.loss(clipBatch(clips, listener.inputSize), targets, random.fork("dropout"));
  }

  describe(lesson: Lesson): string {
    return `recordings ${lesson.map(({ id }) => id).join(", ")}`;
  }

  examples(lesson: Lesson): number {
    return lesson.length;
  }

  async evaluate(): Promise<Evaluation> {
    const { metrics, texts } = await this.recogniser.evaluate(this.dev);
    const loss = await this.recogniser.loss(this.dev);
    const { wer = 0, accuracy = 0 } = metrics;
    return {
      // Of equal error rates the lower loss is better; a thousandth of a point at most.
      score: -wer - 0.001 * (1 - Math.exp(-loss)),
      metrics: { wer, cer: metrics["cer"] ?? 0, accuracy, loss },
      samples: this.dev.slice(0, shownSamples).map(({ text }, index) => `${text}  ->  ${texts[index] ?? ""}`),
    };
  }
}
