import { type SingleBar } from "cli-progress";
import { type EvaluationRecord, type TrainingProgress } from "@timestep/training";
import { type OutputStream } from "../io.js";

/** Figures shown beside a bar. */
export interface ProgressFigures {
  /** Examples per second. */
  readonly rate?: number;
  readonly secondsLeft?: number;
  readonly loss?: number;
  readonly score?: number;
  /** Anything else worth a word, for instance `epoch 3/30`. */
  readonly note?: string;
}

/** How a task tells people where it stands. Nothing reaches stderr when nobody watches or with `--quiet`. */
export interface ProgressReporter {
  /** Starts the bar of a stage, ending the one before. */
  stage(name: string, total: number): void;
  /** Moves the bar of the present stage to `done` of its total. */
  step(done: number, figures?: ProgressFigures): void;
  /** Prints one line above the bar: an evaluation, a choice made. */
  line(text: string): void;
  /** Ends the bar. Called for the task when a verb is over. */
  end(): void;
  /** Fits `onProgress` of the trainer. */
  training(progress: TrainingProgress): void;
  /** Fits `onEvaluation` of the trainer: one line with the scores. */
  evaluation(record: EvaluationRecord): void;
}

/** A reporter that draws on a terminal, or does nothing when the stream is none or `quiet` is set. */
export async function progressReporter(stream: OutputStream, quiet: boolean): Promise<ProgressReporter> {
  if (quiet || stream.isTTY !== true) return silentProgress;
  const { default: progress } = await import("cli-progress");
  let bar: SingleBar | undefined;
  let stageName = "";
  const end = (): void => {
    bar?.stop();
    bar = undefined;
    stageName = "";
  };
  const stage = (name: string, total: number): void => {
    end();
    stageName = name;
    bar = new progress.SingleBar({
      format: `${name} {bar} {percentage}% | {figures}`,
      barCompleteChar: "=",
      barIncompleteChar: " ",
      barsize: 24,
      hideCursor: true,
      clearOnComplete: true,
      stream,
      fps: 5,
    });
    bar.start(Math.max(1, total), 0, { figures: "" });
  };
  const step = (done: number, figures: ProgressFigures = {}): void => {
    bar?.update(done, { figures: formatFigures(figures) });
  };
  const line = (text: string): void => {
    stream.write(bar === undefined ? `${text}\n` : `\r\u001b[K${text}\n`);
  };
  return {
    stage,
    step,
    line,
    end,
    training(state) {
      if (stageName !== "training") stage("training", state.steps);
      bar?.setTotal(Math.max(1, state.steps));
      step(state.step, {
        note: `epoch ${state.epoch}/${state.epochs}`,
        loss: state.loss,
        secondsLeft: state.secondsLeft,
        ...(state.examplesPerSecond === undefined ? {} : { rate: state.examplesPerSecond }),
        ...(state.bestScore === undefined ? {} : { score: state.bestScore }),
      });
    },
    evaluation: (record) => {
      line(formatEvaluation(record));
    },
  };
}

/** A reporter that says nothing. */
export const silentProgress: ProgressReporter = {
  stage: () => undefined,
  step: () => undefined,
  line: () => undefined,
  end: () => undefined,
  training: () => undefined,
  evaluation: () => undefined,
};

/** `epoch 3/30, 812/s, 1m 20s left, loss 0.213, best 94.10`. */
export function formatFigures(figures: ProgressFigures): string {
  const parts: string[] = [];
  if (figures.note !== undefined) parts.push(figures.note);
  if (figures.rate !== undefined) parts.push(`${Math.round(figures.rate)}/s`);
  if (figures.secondsLeft !== undefined) parts.push(`${formatSeconds(figures.secondsLeft)} left`);
  if (figures.loss !== undefined) parts.push(`loss ${figures.loss.toPrecision(3)}`);
  if (figures.score !== undefined) parts.push(`best ${figures.score.toFixed(2)}`);
  return parts.join(", ");
}

/** Seconds as people say them: `45s`, `1m 20s`, `2h 05m`. */
export function formatSeconds(seconds: number): string {
  if (!Number.isFinite(seconds)) return "?";
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole}s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}m ${String(whole % 60).padStart(2, "0")}s`;
  return `${Math.floor(minutes / 60)}h ${String(minutes % 60).padStart(2, "0")}m`;
}

/** `epoch 3  loss 0.213  slotF1 94.10  intentAccuracy 97.40  (best)  0.8 min`. */
export function formatEvaluation(record: EvaluationRecord): string {
  const parts = [`epoch ${record.epoch}`];
  if (record.loss !== null) parts.push(`loss ${record.loss.toPrecision(3)}`);
  for (const [name, value] of Object.entries(record.metrics)) parts.push(`${name} ${value.toFixed(2)}`);
  if (record.best) parts.push("(best)");
  parts.push(`${record.minutes.toFixed(1)} min`);
  return parts.join("  ");
}
