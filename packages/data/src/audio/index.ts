export { type AudioFeatures } from "./features/features.js";
export { FeatureExtractor } from "./features/extract.js";
export { normaliseUtterance } from "./features/normalise.js";
export {
  DEFAULT_FEATURES,
  type FeatureSettings,
  featureSettings,
  featureSize,
  type MelScale,
  type Normalisation,
  type WindowKind,
} from "./features/settings.js";
export { type FeatureStatistics, StatisticsCollector } from "./features/statistics.js";
export { type FeatureStream } from "./features/stream.js";
export { type AudioClip, clipSeconds } from "./wav/clip.js";
export { readWav } from "./wav/read-wav.js";
export { resample } from "./wav/resample.js";
export { type SampleCode } from "./wav/wavefile.js";
export { writeWav } from "./wav/write-wav.js";
export { DIGIT_WORDS, type DigitOptions } from "./corpus/read-digits.js";
export { readSpokenCorpus, type SpokenOptions } from "./corpus/read-spoken.js";
export {
  type SpokenCorpus,
  type SpokenExample,
  type SpokenFormat,
  type TranscriptOptions,
} from "./corpus/spoken.js";
export {
  DEFAULT_DIGIT_STRINGS,
  digitStrings,
  type DigitStringSettings,
  planDigitStrings,
  type PlannedString,
  type Recorded,
} from "./strings/digit-strings.js";
export {
  type ActivitySettings,
  DEFAULT_ACTIVITY,
  soundSpans,
  type SoundSpan,
  trimSilence,
} from "./activity/voice-activity.js";
export { augmentClip, type ClipAugmentation, NO_AUGMENTATION } from "./augment/augment-clip.js";
export { addNoise, changeGain, changeSpeed, shiftTime } from "./augment/change-clip.js";
export { DEFAULT_MASKS, maskFeatures, type MaskOptions, type MaskSettings } from "./augment/mask-features.js";
