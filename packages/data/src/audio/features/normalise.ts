import { ConfigError } from "@timestep/base";
import { type AudioFeatures } from "./features.js";
import { type FeatureSettings } from "./settings.js";
import { type FeatureStatistics, sizeError } from "./statistics.js";

/** Variances below this are raised to it, so that a silent clip stays finite. */
const LEAST_VARIANCE = 1e-8;

/** A clip's features by its own mean and, with `variance`, its own standard deviation. */
export function normaliseUtterance(
  { values, frames, size }: AudioFeatures,
  variance: boolean,
): AudioFeatures {
  const normalised = new Float32Array(values.length);
  for (let i = 0; i < size; i++) {
    let sum = 0;
    for (let t = 0; t < frames; t++) sum += values[t * size + i] as number;
    const mean = sum / frames;
    let squares = 0;
    for (let t = 0; t < frames; t++) squares += ((values[t * size + i] as number) - mean) ** 2;
    const scale = variance ? 1 / Math.sqrt(Math.max(LEAST_VARIANCE, squares / frames)) : 1;
    for (let t = 0; t < frames; t++) {
      normalised[t * size + i] = ((values[t * size + i] as number) - mean) * scale;
    }
  }
  return { values: normalised, frames, size };
}

/** Normalises frame by frame, in place, knowing nothing of what comes. */
export interface FrameNormaliser {
  run(frame: Float32Array): void;
}

/**
 * The normaliser that `settings.normalisation` asks for; undefined where frames stay as they are or need their clip.
 *
 * @throws {ConfigError} FEATURES_STATISTICS when it needs the mean and variance of the training clips and has none.
 * @throws {DataError} FEATURES_SIZE when those are of other features.
 */
export function frameNormaliser(
  { normalisation, hopSeconds }: FeatureSettings,
  size: number,
  statistics: FeatureStatistics | undefined,
): FrameNormaliser | undefined {
  if (normalisation.kind === "none" || normalisation.kind === "utterance") return undefined;
  const needed = normalisation.kind === "global" || normalisation.priorSeconds > 0;
  if (statistics === undefined && needed) {
    throw new ConfigError(
      "FEATURES_STATISTICS",
      `normalisation "${normalisation.kind}" needs the mean and variance of the training clips.`,
      { hint: "Gather them with StatisticsCollector and hand them to the extractor." },
    );
  }
  if (statistics !== undefined && statistics.mean.length !== size)
    throw sizeError(size, statistics.mean.length);
  const known = statistics ?? { frames: 0, mean: [], variance: [] };
  if (normalisation.kind === "global") return new GlobalNormaliser(known, normalisation.variance);
  const keep = 0.5 ** (hopSeconds / normalisation.halfLifeSeconds);
  const prior = normalisation.priorSeconds / hopSeconds;
  return new RunningNormaliser(known, size, { keep, prior, variance: normalisation.variance });
}

class GlobalNormaliser implements FrameNormaliser {
  private readonly scale: Float64Array;

  constructor(
    private readonly statistics: FeatureStatistics,
    variance: boolean,
  ) {
    this.scale = Float64Array.from(statistics.variance, (value) =>
      variance ? 1 / Math.sqrt(Math.max(LEAST_VARIANCE, value)) : 1,
    );
  }

  run(frame: Float32Array): void {
    const { mean } = this.statistics;
    for (let i = 0; i < frame.length; i++) {
      frame[i] = ((frame[i] as number) - (mean[i] as number)) * (this.scale[i] as number);
    }
  }
}

/** Fading sums of frames and of their squares about the prior mean, the frame at hand included. */
class RunningNormaliser implements FrameNormaliser {
  private weight: number;
  private readonly centre: Float64Array;
  private readonly sums: Float64Array;
  private readonly squares: Float64Array;

  constructor(
    { mean, variance }: FeatureStatistics,
    size: number,
    private readonly options: { readonly keep: number; readonly prior: number; readonly variance: boolean },
  ) {
    const { prior } = options;
    this.weight = prior;
    this.centre = Float64Array.from({ length: size }, (_, i) => mean[i] ?? 0);
    this.sums = new Float64Array(size);
    this.squares = Float64Array.from({ length: size }, (_, i) => prior * (variance[i] ?? 0));
  }

  run(frame: Float32Array): void {
    const { keep } = this.options;
    this.weight = keep * this.weight + 1;
    for (let i = 0; i < frame.length; i++) {
      const value = (frame[i] as number) - (this.centre[i] as number);
      const sum = keep * (this.sums[i] as number) + value;
      const squares = keep * (this.squares[i] as number) + value * value;
      this.sums[i] = sum;
      this.squares[i] = squares;
      const mean = sum / this.weight;
      const variance = Math.max(LEAST_VARIANCE, squares / this.weight - mean * mean);
      frame[i] = (value - mean) * (this.options.variance ? 1 / Math.sqrt(variance) : 1);
    }
  }
}
