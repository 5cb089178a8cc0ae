import { add, type Tensor2D, zeros } from "@tensorflow/tfjs-core";
import type { AttentionScore } from "./attention.js";

/** What earlier looks left behind, for scores that read it. */
export interface AttentionHistory {
  /** The weights of the last look, [R, S]; zeros before the first. */
  readonly previous?: Tensor2D;
  /** The sum of the weights of all earlier looks, [R, S]. */
  readonly total?: Tensor2D;
}

/** Which parts of an {@link AttentionHistory} a score reads. */
export interface AttentionRecall {
  readonly previous: boolean;
  readonly total: boolean;
}

export function recallOf(score: AttentionScore, coverage: boolean, cumulative: boolean): AttentionRecall {
  return { previous: score === "location" && !cumulative, total: coverage || cumulative };
}

/** The history before the first look. */
export function noHistory(recall: AttentionRecall, rows: number, places: number): AttentionHistory {
  return {
    ...(recall.previous ? { previous: zeros([rows, places]) as Tensor2D } : {}),
    ...(recall.total ? { total: zeros([rows, places]) as Tensor2D } : {}),
  };
}

/** The history after one more look, whose weights are zeros in rows that have ended. */
export function afterLook(history: AttentionHistory, weights: Tensor2D): AttentionHistory {
  return {
    ...(history.previous === undefined ? {} : { previous: weights }),
    ...(history.total === undefined ? {} : { total: add(history.total, weights) }),
  };
}
