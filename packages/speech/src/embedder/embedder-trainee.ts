import type { Random } from "@timestep/base";
import { bucketBatches } from "@timestep/data";
import type { Evaluation, Trainee } from "@timestep/training";
import type { Scalar } from "@tensorflow/tfjs-core";
import type { Lessons } from "../corpus/lessons.js";
import type { Utterance } from "../corpus/utterance.js";
import { clipBatch } from "../model.js";
import type { SpeechAutoEncoder } from "./auto-encoder.js";
import type { SpokenWordEmbedder } from "./spoken-word-embedder.js";

/** The auto-encoder as the trainer sees it. Texts are never looked at: the best weights write dev clips back best. */
export class EmbedderTrainee implements Trainee<readonly Utterance[]> {
  readonly model: SpeechAutoEncoder;
  private readonly embedder: SpokenWordEmbedder;
  private readonly lessons: Lessons;
  private readonly dev: readonly Utterance[];

  constructor(embedder: SpokenWordEmbedder, lessons: Lessons, dev: readonly Utterance[]) {
    this.model = embedder.model;
    this.embedder = embedder;
    this.lessons = lessons;
    this.dev = dev;
  }

  epoch(_index: number, random: Random): (readonly Utterance[])[] {
    const { listener, settings } = this.embedder;
    const utterances = this.lessons.epoch(random.fork("lessons"));
    const steps = utterances.map(({ seconds }) => Math.max(1, listener.stepsOf(seconds)));
    const { batchSize } = settings.training;
    return bucketBatches(steps, { batchSize }, random).map((places) =>
      places.map((place) => utterances[place] as Utterance),
    );
  }

  loss(lesson: readonly Utterance[], random: Random): Scalar {
    const { listener } = this.embedder;
    const clips = lesson.map((utterance) => utterance.clip());
    const heard = clips.map((clip, place) => listener.listenVaried(clip, random.fork(`clip ${place}`)));
    const target = clips.map((clip) => listener.listen(clip));
    const size = listener.inputSize;
    const frames = random.fork("frames");
    return this.model.loss(clipBatch(heard, size), clipBatch(target, size), frames, random.fork("dropout"));
  }

  describe(lesson: readonly Utterance[]): string {
    return `recordings ${lesson.map(({ id }) => id).join(", ")}`;
  }

  examples(lesson: readonly Utterance[]): number {
    return lesson.length;
  }

  async evaluate(): Promise<Evaluation> {
    const reconstructionError = await this.embedder.reconstructionError(this.dev);
    return { score: -reconstructionError, metrics: { reconstructionError } };
  }
}
