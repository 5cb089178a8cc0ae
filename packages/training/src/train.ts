import { ConfigError, type Random, TrainingError } from "@timestep/base";
import { type Values } from "@timestep/core";
import { BestWeights } from "./best.js";
import { loadCheckpoint, saveCheckpoint } from "./checkpoint.js";
import { eventLoopTurn } from "./event-loop.js";
import { trainedParameters } from "./gradients.js";
import { createOptimiser } from "./optimiser.js";
import { ProgressMeter } from "./progress.js";
import { runFiles, saveWeights, writeMetrics } from "./run.js";
import { plateauAfter } from "./schedule.js";
import { Session } from "./session.js";
import { type TrainingSettings } from "./settings.js";
import { type FileStore, MemoryStore } from "./store.js";
import {
  type EvaluationRecord,
  type StopReason,
  type Trainee,
  type TrainingOutcome,
  type TrainingProgress,
} from "./trainee.js";

/** What surrounds a training run. */
export interface TrainOptions {
  /** Source of every random number of the run; not consumed. On resume the one of the checkpoint is used. */
  readonly random: Random;
  /** Where checkpoints, best weights and metrics go; nothing is kept when absent. */
  readonly store?: FileStore;
  /** Go on from the store's checkpoint, or start at the beginning when it has none yet. */
  readonly resume?: boolean;
  /** Ends training after the step under way, keeping a checkpoint and the best weights. */
  readonly signal?: AbortSignal;
  /** Ends training cleanly after so many minutes of this call. */
  readonly maxMinutes?: number;
  /** Called after each step. */
  readonly onProgress?: (progress: TrainingProgress) => void;
  /** Called after each evaluation. */
  readonly onEvaluation?: (evaluation: EvaluationRecord) => void;
  /** Steps between checkpoints within an epoch; 0 or absent means by time alone. */
  readonly checkpointEverySteps?: number;
  /** Seconds between checkpoints within an epoch, 60 by default; 0 turns it off. */
  readonly checkpointEverySeconds?: number;
}

/**
 * Trains a model and leaves it with its best weights, or with the mean of several checkpoints where that is asked for and
 * scores better.
 *
 * With a store, the run can be killed at any moment: `resume` continues from the last checkpoint to the same bits as
 * an unbroken run, whatever the moment, and with any number of epochs already done. `model.safetensors` holds the best
 * weights from the first evaluation on. The event loop gets a turn after each step.
 *
 * @throws {ConfigError} RUN_EXISTS when the store holds a checkpoint and `resume` is not set.
 * @throws {TrainingError} TRAINING_NOT_FINITE, TRAINING_NO_GRADIENT, TRAINING_NO_BATCHES, TRAINING_SCORE, or
 *   CHECKPOINT_* when the checkpoint does not fit.
 * @throws {DataError} MODEL_* when the checkpoint is damaged.
 */
export async function train<Batch>(
  trainee: Trainee<Batch>,
  settings: TrainingSettings,
  options: TrainOptions,
): Promise<TrainingOutcome> {
  return new Training(trainee, settings, options, await trainedParameters(trainee.model)).run();
}

class Training<Batch> {
  private readonly store: FileStore;
  private readonly session: Session<Batch>;
  private best: BestWeights;
  private readonly started = performance.now();
  private minutesBefore = 0;
  private saved = { step: -1, at: performance.now() };

  constructor(
    private readonly trainee: Trainee<Batch>,
    private readonly settings: TrainingSettings,
    private readonly options: TrainOptions,
    private readonly parameters: Awaited<ReturnType<typeof trainedParameters>>,
  ) {
    this.store = options.store ?? new MemoryStore();
    this.session = new Session(trainee, settings, parameters, options.random);
    this.best = new BestWeights(this.store, settings, []);
  }

  async run(): Promise<TrainingOutcome> {
    const resumed = await this.resume();
    const reason = await this.steps();
    await this.save();
    return this.finish(reason, resumed);
  }

  private async resume(): Promise<boolean> {
    if (this.options.store === undefined) return false;
    if (this.options.resume !== true) {
      if ((await this.store.read(runFiles.checkpoint)) === undefined) return false;
      throw new ConfigError("RUN_EXISTS", `${this.store.name} already holds a training run.`, {
        hint: "Go on with --resume, start over with --overwrite, or name another folder.",
      });
    }
    const slots = createOptimiser(this.settings.optimiser).slotNames();
    const checkpoint = await loadCheckpoint(this.store, this.settings, this.parameters, slots);
    if (checkpoint !== undefined) {
      this.session.restore(checkpoint);
      this.minutesBefore = checkpoint.position.minutes;
      this.best = new BestWeights(this.store, this.settings, checkpoint.position.best);
      this.saved = { step: checkpoint.position.step, at: performance.now() };
      await writeMetrics(this.store, checkpoint.position.history); // lines after the checkpoint are not part of the run
    }
    await this.best.prune();
    return checkpoint !== undefined;
  }

  /** Takes steps and evaluates until a reason to stop turns up. */
  private async steps(): Promise<StopReason> {
    const { session, settings } = this;
    const meter = new ProgressMeter(settings.epochs, this.options.maxMinutes);
    while (session.position.epoch < settings.epochs) {
      if (settings.patience > 0 && session.position.sinceBest >= settings.patience) return "patience";
      const batches = session.batches();
      while (session.position.batch < batches.length) {
        if (this.options.signal?.aborted === true) return "interrupted";
        if (this.minutesHere() >= (this.options.maxMinutes ?? Number.POSITIVE_INFINITY)) return "time";
        const batch = batches[session.position.batch] as Batch;
        const measures = await session.step(batches);
        const bestScore = session.position.best[0]?.score;
        this.options.onProgress?.(
          meter.progress(session.position, measures, {
            batches: batches.length,
            examples: this.trainee.examples?.(batch),
            bestScore,
          }),
        );
        if (session.position.batch < batches.length && this.checkpointDue()) await this.save();
        await eventLoopTurn();
      }
      session.position = { ...session.position, epoch: session.position.epoch + 1, batch: 0 };
      if (session.position.epoch % settings.evaluateEvery === 0) await this.evaluate();
      await this.save(true);
    }
    const { patience } = settings;
    return patience > 0 && session.position.sinceBest >= patience ? "patience" : "epochs";
  }

  /** Scores the shown weights and moves what depends on scores: best weights, schedule, patience, history. */
  private async evaluate(): Promise<void> {
    const { session } = this;
    const record = await this.score(session.shown(), session.position.best[0]?.score);
    const { score, epoch, step } = record;
    await this.best.offer({ score, epoch, step }, session.shown());
    session.hide();
    session.position = {
      ...session.position,
      plateau: plateauAfter(session.position.plateau, score, this.settings.schedule),
      sinceBest: record.best ? 0 : session.position.sinceBest + 1,
      tally: { steps: 0, loss: 0, gradientNorm: 0 },
      best: this.best.entries(),
      history: [...session.position.history, record],
    };
    this.options.onEvaluation?.(record);
  }

  /** Evaluates weights and leaves them in the model; what beats `before` is written to `model.safetensors`. */
  private async score(
    weights: ReadonlyMap<string, Values>,
    before: number | undefined,
    meanOf?: number,
  ): Promise<EvaluationRecord> {
    const { session, trainee } = this;
    session.show(weights);
    const { score, metrics, samples } = await trainee.evaluate();
    if (!Number.isFinite(score)) {
      throw new TrainingError(
        "TRAINING_SCORE",
        `the score after epoch ${session.position.epoch} is ${score}.`,
        {
          hint: "A trainee's evaluate() gives a finite score, higher for better.",
        },
      );
    }
    const { epoch, batch, step, tally, learningRate, skipped } = session.position;
    const record: EvaluationRecord = {
      epoch: batch > 0 ? epoch + 1 : epoch,
      step,
      loss: tally.steps > 0 ? tally.loss / tally.steps : null,
      gradientNorm: tally.steps > 0 ? tally.gradientNorm / tally.steps : null,
      learningRate,
      skipped,
      best: before === undefined || score > before,
      minutes: this.minutes(),
      score,
      metrics,
      ...(samples === undefined ? {} : { samples }),
      ...(meanOf === undefined ? {} : { meanOf }),
    };
    if (record.best) await this.saveModel();
    return record;
  }

  /** Leaves the model with its best weights and says how training went. */
  private async finish(reason: StopReason, resumed: boolean): Promise<TrainingOutcome> {
    const { session } = this;
    const { step, history, skipped } = session.position;
    const [top] = this.best.entries();
    // Weights that an epoch's evaluation has not seen are scored once more. The checkpoint is already written, so a
    // run that goes on later is none the wiser and its bits stay those of an unbroken run.
    const goesOn = reason === "interrupted";
    const unseen = history.at(-1)?.step !== step;
    const closing = !goesOn && unseen ? await this.score(session.shown(), top?.score) : undefined;
    if (closing !== undefined) this.options.onEvaluation?.(closing);
    const single = closing?.best === true ? closing : top;
    const mean = goesOn ? undefined : await this.scoreMean(single?.score);
    if (mean?.best !== true) {
      const weights = single === closing ? undefined : await this.best.load();
      session.show(weights ?? session.shown());
      await this.saveModel();
    }
    const all = [...history, ...[closing, mean].filter((record) => record !== undefined)];
    if (this.options.store !== undefined) await writeMetrics(this.store, all);
    const chosen = mean?.best === true ? mean : single;
    return {
      reason,
      bestScore: chosen?.score,
      bestEpoch: chosen?.epoch,
      weights: chosen === undefined ? "current" : "best",
      history: all,
      steps: step,
      skipped,
      minutes: this.minutes(),
      resumed,
    };
  }

  /** Evaluates the mean of the checkpoints that the settings ask for; undefined when there are fewer than two. */
  private async scoreMean(before: number | undefined): Promise<EvaluationRecord | undefined> {
    const mean = await this.best.mean();
    if (mean === undefined) return undefined;
    const record = await this.score(mean.weights, before, mean.of);
    this.options.onEvaluation?.(record);
    return record;
  }

  private async saveModel(): Promise<void> {
    if (this.options.store !== undefined) await saveWeights(this.store, this.trainee.model);
  }

  private checkpointDue(): boolean {
    const { checkpointEverySteps: steps = 0, checkpointEverySeconds: seconds = 60 } = this.options;
    if (steps > 0 && this.session.position.step - this.saved.step >= steps) return true;
    return seconds > 0 && performance.now() - this.saved.at >= seconds * 1000;
  }

  /** Writes the checkpoint, then what follows from it; does nothing when it is up to date. */
  private async save(changed = false): Promise<void> {
    const { position } = this.session;
    if (this.options.store !== undefined && (changed || position.step !== this.saved.step)) {
      this.session.position = { ...position, minutes: this.minutes() };
      await saveCheckpoint(this.store, this.session.checkpoint());
      await writeMetrics(this.store, position.history);
    }
    await this.best.prune();
    this.saved = { step: position.step, at: performance.now() };
  }

  private minutesHere(): number {
    return (performance.now() - this.started) / 60_000;
  }

  private minutes(): number {
    return this.minutesBefore + this.minutesHere();
  }
}
