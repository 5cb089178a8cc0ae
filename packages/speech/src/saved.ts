import { DataError } from "@timestep/base";
import type { FeatureStatistics } from "@timestep/data";
import { SpeechLabels } from "./labels/speech-labels.js";
import type { SpeechModelSettings, SpeechSettings } from "./settings.js";

/** What a run keeps in `vocab.json`. */
export interface SavedVocabulary {
  readonly labels: SpeechLabels;
  /** Mean and variance of the training clips' features, where normalisation goes by them. */
  readonly statistics: FeatureStatistics | undefined;
}

export function vocabularyToJson({ labels, statistics }: SavedVocabulary): unknown {
  return { formatVersion: 1, labels: labels.toJSON(), statistics: statistics ?? null };
}

/** @throws {DataError} VOCAB_FORMAT, LABEL_FORMAT */
export function vocabularyFromJson(value: unknown, settings: SpeechSettings): SavedVocabulary {
  const statistics = statisticsFromJson(value);
  const { labels } = value as { readonly labels?: unknown };
  return { labels: SpeechLabels.fromJSON(labels, settings.labels), statistics };
}

/** @throws {DataError} VOCAB_FORMAT */
export function statisticsFromJson(value: unknown): FeatureStatistics | undefined {
  const json = (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
  const statistics = json["statistics"] ?? undefined;
  if (json["formatVersion"] !== 1 || !(statistics === undefined || areStatistics(statistics))) {
    throw new DataError("VOCAB_FORMAT", "vocab.json is not what speech recognition writes.", {
      hint: "The file was changed by hand, or is of another run: copy the run again, or train again.",
    });
  }
  return statistics;
}

function areStatistics(value: unknown): value is FeatureStatistics {
  const { frames, mean, variance } = value as Partial<Record<keyof FeatureStatistics, unknown>>;
  const numbers = (list: unknown): list is number[] =>
    Array.isArray(list) && list.every((one) => Number.isFinite(one));
  return Number.isFinite(frames) && numbers(mean) && numbers(variance) && mean.length === variance.length;
}

/** At least so many numbers are the weights of the model that the settings describe. */
export function leastModelValues(
  classes: number,
  { hiddenSize, layers, bidirectional }: SpeechModelSettings,
): number {
  return layers * hiddenSize ** 2 * (bidirectional ? 2 : 1) + classes * hiddenSize;
}
