import { type Position } from "./checkpoint.js";
import { type StepMeasures } from "./session.js";
import { type TrainingProgress } from "./trainee.js";

/** What the trainer knows about a step besides its measures. */
export interface StepContext {
  /** Batches in the epoch under way. */
  readonly batches: number;
  readonly examples: number | undefined;
  readonly bestScore: number | undefined;
}

const smoothing = 0.98;

/** Turns steps into what a person wants to see: a smooth loss, a rate, the time left. */
export class ProgressMeter {
  private readonly started = performance.now();
  private steps = 0;
  private examples = 0;
  private weighted = 0;
  private weight = 0;

  constructor(
    private readonly epochs: number,
    private readonly maxMinutes: number | undefined,
  ) {}

  /** Takes in one step and says where training stands. */
  progress(position: Position, measures: StepMeasures, context: StepContext): TrainingProgress {
    this.steps++;
    this.examples += context.examples ?? 0;
    if (!measures.skipped) {
      // Dividing by the weight so far keeps the first losses from being pulled towards 0.
      this.weighted = smoothing * this.weighted + (1 - smoothing) * measures.loss;
      this.weight = smoothing * this.weight + (1 - smoothing);
    }
    const seconds = (performance.now() - this.started) / 1000;
    const remaining = (this.epochs - position.epoch) * context.batches - position.batch;
    const limit = (this.maxMinutes ?? Number.POSITIVE_INFINITY) * 60 - seconds;
    return {
      epoch: position.epoch + 1,
      epochs: this.epochs,
      step: position.step,
      steps: position.step + remaining,
      loss: this.weight > 0 ? this.weighted / this.weight : measures.loss,
      gradientNorm: measures.gradientNorm,
      learningRate: measures.learningRate,
      ...(context.examples === undefined ? {} : { examplesPerSecond: this.examples / seconds }),
      secondsLeft: Math.max(0, Math.min((seconds / this.steps) * remaining, limit)),
      ...(context.bestScore === undefined ? {} : { bestScore: context.bestScore }),
    };
  }
}
