import type { Random } from "@timestep/base";
import {
  augmentClip,
  type AudioClip,
  type AudioFeatures,
  clipSeconds,
  FeatureExtractor,
  type FeatureStatistics,
  maskFeatures,
  StatisticsCollector,
} from "@timestep/data";
import { extractorSettings, type SpeechSettings } from "../settings.js";
import { FrameStacker, stackFrames, stepsOf } from "./stack-frames.js";

/** What the way from sound to a network's input depends on. */
export type ListenerSettings = Pick<SpeechSettings, "features" | "augmentation"> & {
  readonly model: Pick<SpeechSettings["model"], "subsampling">;
};

/**
 * From sound to what a network reads: features, normalised, with frames side by side. In training, clips and features
 * are varied first.
 *
 * @throws {ConfigError} AUDIO_FEATURES, MEL_EMPTY_BAND, FEATURES_STATISTICS, SPEECH_STRIDE for settings that do not fit.
 */
export class Listener {
  /** Length of a step's vector. */
  readonly inputSize: number;
  /** Seconds from one step to the next. */
  readonly stepSeconds: number;
  /** Seconds of sound that one step reads. */
  readonly spanSeconds: number;
  readonly sampleRateHz: number;
  private readonly extractor: FeatureExtractor;
  private readonly settings: ListenerSettings;

  constructor(settings: ListenerSettings, statistics?: FeatureStatistics) {
    const { features, model } = settings;
    const { width, stride } = model.subsampling;
    this.settings = settings;
    this.extractor = new FeatureExtractor(extractorSettings(features), statistics);
    stackFrames({ values: new Float32Array(0), frames: 0, size: 1 }, model.subsampling);
    this.inputSize = width * this.extractor.size;
    this.stepSeconds = stride * features.hopSeconds;
    this.spanSeconds = (width - 1) * features.hopSeconds + features.windowSeconds;
    this.sampleRateHz = features.sampleRateHz;
  }

  /** How many steps a clip of so many seconds makes. */
  stepsOf(seconds: number): number {
    const frames = this.extractor.framesOf(Math.ceil(seconds * this.sampleRateHz - 1e-6));
    return stepsOf(frames, this.settings.model.subsampling);
  }

  /** The normalised features of a clip, frame by frame. */
  features(clip: AudioClip): AudioFeatures {
    return this.extractor.run(clip);
  }

  /** A clip's steps, [T, inputSize]. */
  listen(clip: AudioClip): AudioFeatures {
    return stackFrames(this.features(clip), this.settings.model.subsampling);
  }

  /** A clip's steps, varied at random. */
  listenVaried(clip: AudioClip, random: Random): AudioFeatures {
    const { augmentation, features, model } = this.settings;
    const heard = this.extractor.run(augmentClip(clip, augmentation, random));
    const parts = 1 + features.deltas;
    return stackFrames(maskFeatures(heard, augmentation, random.fork("masks"), { parts }), model.subsampling);
  }

  /**
   * Steps of sound that is still being made, at {@link sampleRateHz}.
   *
   * @throws {ConfigError} FEATURES_STREAM when features are normalised by their whole clip.
   */
  stream(): { push(samples: Float32Array): Float32Array[]; finish(): Float32Array[] } {
    const frames = this.extractor.stream();
    const stacker = new FrameStacker(this.settings.model.subsampling, this.extractor.size);
    return {
      push: (samples) => stacker.push(frames.push(samples)),
      finish: () => [...stacker.push(frames.finish()), ...stacker.finish()],
    };
  }
}

/** Mean and variance of the features of clips, where the settings' normalisation goes by them. */
export function gatherStatistics(
  clips: Iterable<AudioClip>,
  { features }: Pick<SpeechSettings, "features">,
): FeatureStatistics | undefined {
  const { kind } = features.normalisation;
  if (kind !== "global" && kind !== "running") return undefined;
  const extractor = new FeatureExtractor({ ...extractorSettings(features), normalisation: { kind: "none" } });
  const collector = new StatisticsCollector();
  for (const clip of clips) if (clipSeconds(clip) > 0) collector.add(extractor.run(clip));
  return collector.result();
}
