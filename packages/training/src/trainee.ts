import { type Random } from "@timestep/base";
import { type Module } from "@timestep/core";
import { type Scalar } from "@tensorflow/tfjs-core";

/**
 * What the trainer needs from a task: a model, an order of batches, a loss and a score.
 *
 * A trainee keeps no state of its own between steps besides the model's weights; that is what lets an interrupted
 * run go on to the same bits.
 */
export interface Trainee<Batch> {
  /** The weights that are trained. Parameters marked `trainable: false` stay as they are. */
  readonly model: Module;
  /** The batches of one epoch in the order they are taken. A pure function of the index (from 0) and the random numbers. */
  epoch(index: number, random: Random): readonly Batch[];
  /**
   * What must wait for the engine before a batch's loss can be taken, such as sequences that the model itself draws and
   * their rewards; gives the batch that `loss` then sees. Runs outside of a tidy. Absent: the batch as it is.
   */
  prepare?(batch: Batch, random: Random): Promise<Batch>;
  /** Mean loss over a batch, differentiable in the model's parameters; `random` drives dropout. Runs inside a tidy. */
  loss(batch: Batch, random: Random): Scalar;
  /** Names a batch in messages, for instance `sentences 17, 203, 4`. */
  describe(batch: Batch): string;
  /** Scores the model as it stands on the development split, without dropout. */
  evaluate(): Promise<Evaluation>;
  /** Number of examples in a batch, for the rate shown while training. */
  examples?(batch: Batch): number;
}

/** The outcome of scoring a model on the development split. */
export interface Evaluation {
  /** What early stopping and the choice of the best weights go by; finite, higher is better. */
  readonly score: number;
  /** Everything worth recording, by the names that the command lines print. */
  readonly metrics: Readonly<Record<string, number>>;
  /** A few predictions as text, for people to read. */
  readonly samples?: readonly string[];
}

/** One evaluation in the history of a run: a line of `metrics.jsonl`. */
export interface EvaluationRecord extends Evaluation {
  /** Epochs completed, from 1; for an evaluation that cuts an epoch short, the epoch it cut. */
  readonly epoch: number;
  /** Steps taken since training began. */
  readonly step: number;
  /** Mean training loss since the evaluation before; null when no step was taken since. */
  readonly loss: number | null;
  /** Mean global gradient norm before clipping since the evaluation before; null when no step was taken since. */
  readonly gradientNorm: number | null;
  /** Learning rate of the last step; null before the first. */
  readonly learningRate: number | null;
  /** Steps left out since training began because something was not finite. */
  readonly skipped: number;
  /** Whether this is the best score so far. */
  readonly best: boolean;
  /** Minutes of training so far, evaluations included. */
  readonly minutes: number;
  /** Number of checkpoints when their mean was scored; absent for the weights of one moment. */
  readonly meanOf?: number;
}

/** Where training stands after a step. */
export interface TrainingProgress {
  /** The epoch under way, from 1. */
  readonly epoch: number;
  /** Epochs asked for. */
  readonly epochs: number;
  /** Steps taken since training began. */
  readonly step: number;
  /** Steps that all epochs together will take, as far as the present epoch tells. */
  readonly steps: number;
  /** Training loss, smoothed over about the last 50 steps. */
  readonly loss: number;
  /** Global gradient norm of this step before clipping. */
  readonly gradientNorm: number;
  readonly learningRate: number;
  /** Absent when the trainee does not say how many examples a batch holds. */
  readonly examplesPerSecond?: number;
  /** Estimated from the rate so far, and never more than the time limit leaves. */
  readonly secondsLeft: number;
  /** Best score so far; absent before the first evaluation. */
  readonly bestScore?: number;
}

/** Why training ended. */
export type StopReason = "epochs" | "patience" | "time" | "interrupted";

/** What a call of `train` achieved. */
export interface TrainingOutcome {
  readonly reason: StopReason;
  /** Best score on the development split; undefined when training ended before the first evaluation. */
  readonly bestScore: number | undefined;
  /** Epoch of the best score, from 1. */
  readonly bestEpoch: number | undefined;
  /** Which weights the model holds now: the best ones, or the latest when nothing has been evaluated. */
  readonly weights: "best" | "current";
  /** Every evaluation of the run, earlier sessions included. */
  readonly history: readonly EvaluationRecord[];
  /** Steps taken since training began. */
  readonly steps: number;
  /** Steps left out because something was not finite. */
  readonly skipped: number;
  /** Minutes of training, earlier sessions included. */
  readonly minutes: number;
  /** Whether the run went on from a checkpoint. */
  readonly resumed: boolean;
}
