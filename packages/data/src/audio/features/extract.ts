import { ConfigError, DataError } from "@timestep/base";
import { type AudioClip } from "../wav/clip.js";
import { resample } from "../wav/resample.js";
import { type AudioFeatures, joinFrames } from "./features.js";
import { FrameFeatures } from "./frame.js";
import { frameNormaliser, normaliseUtterance } from "./normalise.js";
import { type FeatureSettings, featureSettings, featureSize, frameSizes } from "./settings.js";
import { type FeatureStatistics } from "./statistics.js";
import { FeatureStream } from "./stream.js";

/**
 * From sound to vectors: pre-emphasis, windows, power spectrum, mel bands, logarithm, cepstra, differences over time,
 * normalisation, as {@link FeatureSettings} say. A clip of N samples gives 1 + ⌊(N - window) / hop⌋ frames, and one when
 * it is shorter than a window.
 *
 * One extractor may serve many clips; each stream is on its own.
 *
 * @throws {ConfigError} AUDIO_FEATURES, MEL_EMPTY_BAND for settings that do not fit together; FEATURES_STATISTICS when
 *   the normalisation needs the mean and variance of the training clips and they are not given.
 *
 * @example
 * ```ts
 * const extractor = new FeatureExtractor({ kind: "mfcc", deltas: 1 });
 * const second = { samples: new Float32Array(8000), sampleRateHz: 8000 };
 * const { frames, size } = extractor.run(second); // 98 frames of 26
 * ```
 */
export class FeatureExtractor {
  readonly settings: FeatureSettings;
  /** F */
  readonly size: number;
  private readonly frames: FrameFeatures;

  constructor(
    settings: Partial<FeatureSettings> = {},
    private readonly statistics?: FeatureStatistics,
  ) {
    this.settings = featureSettings(settings);
    this.size = featureSize(this.settings);
    this.frames = new FrameFeatures(this.settings);
    frameNormaliser(this.settings, this.size, statistics); // what is missing shows before the first clip
  }

  /** How many frames a clip of so many samples (at the settings' rate) gives. */
  framesOf(samples: number): number {
    const { window, hop } = frameSizes(this.settings);
    if (samples === 0) return 0;
    return 1 + Math.max(0, Math.floor((samples - window) / hop));
  }

  /**
   * Features of a whole clip, resampled to the settings' rate where it has another.
   *
   * @throws {DataError} AUDIO_EMPTY when the clip has no samples.
   */
  run({ samples, sampleRateHz }: AudioClip): AudioFeatures {
    if (samples.length === 0) {
      throw new DataError("AUDIO_EMPTY", "a clip without samples has no features.", {
        hint: "Leave it out, or check what trimmed it.",
      });
    }
    const stream = this.frameStream();
    const rows = stream.push(resample(samples, sampleRateHz, this.settings.sampleRateHz));
    const features = joinFrames([...rows, ...stream.finish()], this.size);
    const { normalisation } = this.settings;
    return normalisation.kind === "utterance"
      ? normaliseUtterance(features, normalisation.variance)
      : features;
  }

  /**
   * A stream of frames for sound that is still being made, at the settings' rate.
   *
   * @throws {ConfigError} FEATURES_STREAM with normalisation `utterance`, which needs the whole clip.
   */
  stream(): FeatureStream {
    if (this.settings.normalisation.kind === "utterance") {
      throw new ConfigError(
        "FEATURES_STREAM",
        "features normalised by their whole clip cannot be streamed.",
        {
          hint: 'Use normalisation "running" or "global".',
        },
      );
    }
    return this.frameStream();
  }

  private frameStream(): FeatureStream {
    return new FeatureStream(
      this.settings,
      this.frames,
      frameNormaliser(this.settings, this.size, this.statistics),
    );
  }
}
