import type { TaggedExample } from "@timestep/data";
import { type ChunkScores, conlleval, type Frame, frameAccuracy, intentAccuracy } from "@timestep/metrics";
import type { SlotSettings } from "./settings.js";

/** Scores of a tagger on labelled sentences; percentages. */
export interface SlotScores {
  /** `slotF1`, `slotPrecision`, `slotRecall`, and with intents `intentAccuracy`, `frameAccuracy`. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Per type, as conlleval counts. */
  readonly chunks: ChunkScores;
  /** How the scores were taken. */
  readonly signature: string;
}

/** Scores predicted frames against labelled examples. Where the model gives intents, a frame without one is wrong. */
export function scoreFrames(examples: readonly TaggedExample[], predicted: readonly Frame[]): SlotScores {
  const chunks = conlleval(
    examples.map(({ tags }) => tags),
    predicted.map(({ tags }) => tags),
  );
  const metrics: Record<string, number> = {
    slotF1: chunks.f1,
    slotPrecision: chunks.precision,
    slotRecall: chunks.recall,
  };
  const gold = examples.flatMap(({ intent }) => (intent === undefined ? [] : [intent]));
  const hasIntents = gold.length === examples.length && predicted.some(({ intent }) => intent !== undefined);
  if (!hasIntents) return { metrics, chunks, signature: chunks.signature };
  metrics["intentAccuracy"] = intentAccuracy(
    gold,
    predicted.map(({ intent }) => intent ?? ""),
  );
  metrics["frameAccuracy"] = frameAccuracy(examples, predicted);
  return { metrics, chunks, signature: `${chunks.signature} intent:exact-label frame:all-tags+intent` };
}

/** The one number by which the best weights are chosen. */
export function selectionScore(metrics: SlotScores["metrics"], by: SlotSettings["selectBy"]): number {
  const named = by === "mean" ? undefined : metrics[by];
  if (named !== undefined) return named;
  const all = ["slotF1", "intentAccuracy", "frameAccuracy"].flatMap((key) => metrics[key] ?? []);
  return all.reduce((total, value) => total + value, 0) / all.length;
}
