import { DataError } from "@timestep/base";
import { type AudioFeatures } from "./features.js";

/** Mean and variance of each coefficient over the frames of a corpus; a plain object, stored with a model. */
export interface FeatureStatistics {
  readonly frames: number;
  readonly mean: readonly number[];
  readonly variance: readonly number[];
}

/** Gathers {@link FeatureStatistics} clip by clip. */
export class StatisticsCollector {
  private frames = 0;
  private mean: Float64Array | undefined;
  private squares = new Float64Array(0);

  /** @throws {DataError} FEATURES_SIZE when the vectors are not as long as those before. */
  add({ values, frames, size }: AudioFeatures): void {
    const mean = (this.mean ??= new Float64Array(size));
    if (this.frames === 0) this.squares = new Float64Array(size);
    if (mean.length !== size) throw sizeError(mean.length, size);
    // Welford's update: no difference of large sums.
    for (let t = 0; t < frames; t++) {
      this.frames++;
      for (let i = 0; i < size; i++) {
        const value = values[t * size + i] as number;
        const before = value - (mean[i] as number);
        mean[i] = (mean[i] as number) + before / this.frames;
        this.squares[i] = (this.squares[i] as number) + before * (value - (mean[i] as number));
      }
    }
  }

  /** @throws {DataError} FEATURES_NONE when nothing was added. */
  result(): FeatureStatistics {
    if (this.mean === undefined || this.frames === 0) {
      throw new DataError("FEATURES_NONE", "there are no frames to take the mean and variance of.", {
        hint: "Add the training clips first.",
      });
    }
    const { frames } = this;
    return {
      frames,
      mean: Array.from(this.mean),
      variance: Array.from(this.squares, (sum) => sum / frames),
    };
  }
}

/** @returns FEATURES_SIZE */
export function sizeError(expected: number, came: number): DataError {
  return new DataError("FEATURES_SIZE", `vectors of ${expected} coefficients were expected, got ${came}.`, {
    hint: "Statistics and features must come from the same settings.",
  });
}
