import { type ScheduleSettings } from "./settings.js";

/** What a plateau schedule remembers between evaluations. */
export interface PlateauState {
  /** What the learning rate is multiplied by, from 1 down. */
  readonly scale: number;
  /** Best score seen; null before the first evaluation. */
  readonly best: number | null;
  /** Evaluations since the best score or the last fall of the rate. */
  readonly stalled: number;
}

/** The state of a plateau schedule before any evaluation. */
export const plateauStart: PlateauState = { scale: 1, best: null, stalled: 0 };

/** Where a step lies in training. */
export interface SchedulePosition {
  /** Steps taken before this one. */
  readonly step: number;
  /** Share of all epochs done before this step, 0 to 1. */
  readonly progress: number;
}

/**
 * The learning rate of a step.
 *
 * With w warm-up steps, peak rate r, floor m, step t from 1 and the share p of training done:
 *
 *   constant, warmup   r                       plateau   max(m, r·factor^falls)
 *   linear             m + (r-m)·(1-p)         cosine    m + (r-m)·(1 + cos πp)/2
 *   noam               r·√(w/t)
 *
 * all multiplied by min(1, t/w) when w > 0. Noam's peak is r, reached at step w, whatever the model's size.
 *
 * @see cosine: Loshchilov & Hutter 2017, arXiv:1608.03983; noam: Vaswani et al. 2017, arXiv:1706.03762, equation 3.
 */
export function learningRateAt(
  peak: number,
  settings: ScheduleSettings,
  position: SchedulePosition,
  plateau: PlateauState,
): number {
  const { kind, warmupSteps, minimum } = settings;
  const t = position.step + 1;
  const warmup = warmupSteps > 0 ? Math.min(1, t / warmupSteps) : 1;
  const floor = Math.min(minimum, peak);
  switch (kind) {
    case "constant":
    case "warmup":
      return warmup * peak;
    case "plateau":
      return warmup * Math.max(floor, peak * plateau.scale);
    case "linear":
      return warmup * (floor + (peak - floor) * (1 - position.progress));
    case "cosine":
      return warmup * (floor + ((peak - floor) * (1 + Math.cos(Math.PI * position.progress))) / 2);
    case "noam":
      return warmup * peak * Math.sqrt(warmupSteps / Math.max(t, warmupSteps));
  }
}

/** The plateau state after an evaluation: `patience` scores in a row without a new best make the rate fall. */
export function plateauAfter(state: PlateauState, score: number, settings: ScheduleSettings): PlateauState {
  if (settings.kind !== "plateau") return state;
  if (state.best === null || score > state.best) return { ...state, best: score, stalled: 0 };
  const stalled = state.stalled + 1;
  if (stalled < settings.patience) return { ...state, stalled };
  return { ...state, scale: state.scale * settings.factor, stalled: 0 };
}
