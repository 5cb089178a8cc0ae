import { cellKinds } from "@timestep/core";
import {
  DEFAULT_DIGIT_STRINGS,
  DEFAULT_FEATURES,
  type FeatureSettings,
  NO_AUGMENTATION,
  type SpokenFormat,
} from "@timestep/data";
import { trainingSettingsWith } from "@timestep/training";
import { z } from "zod";

const size = z.number().int().min(1);
const count = z.number().int().min(0);
const rate = z.number().min(0).lt(1);
const seconds = z.number().min(0);
const formats = ["digits", "folder", "tsv", "jsonl"] as const satisfies readonly SpokenFormat[];

/** What happens to a recording whose text needs more frames than it has. */
export const infeasibleKinds = ["error", "skip", "zero"] as const;

/** What is learnt. */
export const speechKinds = ["recogniser", "embedder"] as const;

/** What the network says in each frame. */
export const labelUnits = ["words", "characters"] as const;

const corpusSettings = z.strictObject({
  spelling: z
    .enum(["numerals", "words"])
    .default("numerals")
    .describe("digits: how they are written, 7 or seven"),
  holdOut: z
    .string()
    .min(1)
    .optional()
    .describe("digits: this speaker is left out of training and is the test split"),
  letterCase: z.enum(["keep", "lower", "upper"]).default("keep").describe("Brings texts to one case"),
  alphabet: z.string().min(1).optional().describe("Characters that texts may have; any if absent"),
  outside: z
    .enum(["error", "skip"])
    .default("error")
    .describe("Texts with other characters, or with labels that training has not"),
  missing: z.enum(["error", "skip"]).default("error").describe("Recordings that are named but not there"),
  damaged: z.enum(["error", "skip"]).default("error").describe("Recordings that cannot be read"),
  devShare: rate
    .gt(0)
    .default(0.1)
    .describe("Share of training recordings set aside for dev where the data has no such split"),
});

const stringSettings = z.strictObject({
  perEpoch: count
    .default(0)
    .describe(
      "Strings that are joined anew from single recordings for each epoch; 0: recordings as they are",
    ),
  dev: size.default(300).describe("Strings joined from the recordings of the dev split"),
  test: size.default(1000).describe("Strings joined from the recordings of the test split"),
  minDigits: size.default(DEFAULT_DIGIT_STRINGS.minDigits).describe("Recordings in the shortest string"),
  maxDigits: size.default(DEFAULT_DIGIT_STRINGS.maxDigits).describe("Recordings in the longest string"),
  minGapSeconds: seconds.default(DEFAULT_DIGIT_STRINGS.minGapSeconds).describe("Shortest pause"),
  maxGapSeconds: seconds.default(DEFAULT_DIGIT_STRINGS.maxGapSeconds).describe("Longest pause"),
  noiseDecibels: z
    .number()
    .max(0)
    .nullable()
    .default(DEFAULT_DIGIT_STRINGS.noiseDecibels)
    .describe("Loudness of the noise in pauses, decibels of full scale; null for digital silence"),
  repeatShare: z
    .number()
    .min(0)
    .max(1)
    .default(DEFAULT_DIGIT_STRINGS.repeatShare)
    .describe("How often a word is followed by itself"),
  seed: z
    .number()
    .int()
    .default(DEFAULT_DIGIT_STRINGS.seed)
    .describe("Start of the strings of dev and test, whatever the seed of the training"),
});

const normalisationSettings = z.strictObject({
  kind: z
    .enum(["none", "utterance", "global", "running"])
    .default("utterance")
    .describe("utterance: by the clip; global: by the training clips; running: by what was heard so far"),
  variance: z.boolean().default(true).describe("Bring the variance to 1 too, not the mean alone"),
  halfLifeSeconds: z.number().positive().default(2).describe("running: the past fades by half in this"),
  priorSeconds: seconds.default(0.5).describe("running: weight of the training clips before the first frame"),
});

const featureSettings = z.strictObject({
  kind: z
    .enum(["log-mel", "mfcc", "log-power"])
    .default(DEFAULT_FEATURES.kind)
    .describe("What a frame is described by"),
  sampleRateHz: size.default(DEFAULT_FEATURES.sampleRateHz).describe("Clips are resampled to this"),
  windowSeconds: z.number().positive().default(DEFAULT_FEATURES.windowSeconds).describe("Length of a frame"),
  hopSeconds: z.number().positive().default(DEFAULT_FEATURES.hopSeconds).describe("From frame to frame"),
  window: z.enum(["hann", "hamming", "povey"]).default(DEFAULT_FEATURES.window).describe("Shape of a frame"),
  preEmphasis: z
    .number()
    .default(DEFAULT_FEATURES.preEmphasis)
    .describe("Share of the sample before taken off"),
  melScale: z.enum(["htk", "slaney"]).default(DEFAULT_FEATURES.melScale).describe("How mel bands are spaced"),
  melBands: size.default(DEFAULT_FEATURES.melBands).describe("Number of mel bands"),
  lowHz: z.number().min(0).default(DEFAULT_FEATURES.lowHz).describe("Lower end of the lowest band"),
  highHz: z
    .number()
    .nullable()
    .default(DEFAULT_FEATURES.highHz)
    .describe("Upper end of the highest band; null: half the sample rate"),
  floor: z
    .number()
    .positive()
    .default(DEFAULT_FEATURES.floor)
    .describe("Energies below this are raised to it"),
  cepstra: size.default(DEFAULT_FEATURES.cepstra).describe("mfcc: cepstra kept"),
  lifter: z.number().default(DEFAULT_FEATURES.lifter).describe("mfcc: length of the lifter; 0 for none"),
  deltas: z
    .union([z.literal(0), z.literal(1), z.literal(2)])
    .default(DEFAULT_FEATURES.deltas)
    .describe("Orders of differences over time that are appended"),
  deltaWidth: size
    .default(DEFAULT_FEATURES.deltaWidth)
    .describe("Frames on each side that a difference sees"),
  normalisation: normalisationSettings.prefault({}).describe("How features are normalised"),
});

const subsamplingSettings = z.strictObject({
  width: size.default(3).describe("Frames that one step of the network reads"),
  stride: size.default(3).describe("Frames from one step of the network to the next"),
  channels: count
    .default(0)
    .describe("Channels of a convolution over these frames, with rectifiers; 0: the frames side by side"),
});

const dropoutSettings = z.strictObject({
  input: rate.default(0).describe("Dropout of what the first layer reads"),
  layers: rate.default(0.2).describe("Dropout between layers, one mask for all steps of a clip"),
  output: rate.default(0.2).describe("Dropout before the output weights"),
});

/** Settings of the network. */
export const speechModelSettings = z.strictObject({
  subsampling: subsamplingSettings.prefault({}).describe("How frames become steps of the network"),
  cell: z.enum(cellKinds).default("lstm").describe("Recurrent cell"),
  hiddenSize: size.default(96).describe("Units of each direction"),
  layers: size.default(2).describe("Layers on top of each other"),
  bidirectional: z.boolean().default(true).describe("Read the clip both ways; streaming needs false"),
  residual: z
    .boolean()
    .default(false)
    .describe("Add the input of a layer to its output where the sizes agree"),
  dropout: dropoutSettings.prefault({}).describe("Dropout in training"),
});

const augmentationSettings = z.strictObject({
  speeds: z
    .array(z.number().positive())
    .min(1)
    .default([...NO_AUGMENTATION.speeds])
    .describe("Clips are played at one of these speeds, pitch and all"),
  shiftSeconds: seconds.default(0).describe("Clips move later or earlier by up to this"),
  gainDecibels: z.number().min(0).default(0).describe("Clips grow louder or softer by up to this"),
  noiseShare: z.number().min(0).max(1).default(0).describe("Share of the clips that get noise"),
  minNoiseRatio: z
    .number()
    .default(NO_AUGMENTATION.minNoiseRatio)
    .describe("Least signal-to-noise ratio, decibels"),
  maxNoiseRatio: z.number().default(NO_AUGMENTATION.maxNoiseRatio).describe("Greatest signal-to-noise ratio"),
  timeMasks: count.default(0).describe("Runs of frames wiped out in each clip (SpecAugment)"),
  maxTimeFrames: count.default(20).describe("Frames of the longest such run"),
  maxTimeShare: z.number().min(0).max(1).default(0.2).describe("Greatest share of a clip that a run takes"),
  frequencyMasks: count.default(0).describe("Runs of bands wiped out in each clip (SpecAugment)"),
  maxBands: count.default(8).describe("Bands of the widest such run"),
});

const embedderSettings = z.strictObject({
  size: size.default(64).describe("Length of a segment's vector"),
  decoderSize: size.default(128).describe("Units of the decoder"),
  frameDropout: rate
    .default(0.8)
    .describe("Share of the values of the last frame that the decoder does not get to see"),
});

const windowSettings = z.strictObject({
  windowSeconds: z
    .number()
    .min(1)
    .default(20)
    .describe("Longer recordings are read in windows of this length by networks that read both ways"),
  overlapSeconds: seconds.default(4).describe("What two windows share; each is trusted up to its middle"),
});

/** Settings of speech recognition: what a recipe, `--config` and `--set` may say. */
export const speechSettings = z.strictObject({
  data: z.string().default("spoken").describe("A file, a folder or a name"),
  format: z.enum(formats).optional().describe("Reader of the data; chosen by its files if absent"),
  seed: z.number().int().default(1).describe("Start of all random numbers"),
  corpus: corpusSettings.prefault({}).describe("How recordings and texts are read"),
  strings: stringSettings.prefault({}).describe("Recordings of single words joined into strings"),
  features: featureSettings.prefault({}).describe("How sound becomes vectors"),
  kind: z
    .enum(speechKinds)
    .default("recogniser")
    .describe(
      "recogniser: writes down what is said; embedder: vectors of spoken words, learnt without texts",
    ),
  embedder: embedderSettings.prefault({}).describe("embedder: the auto-encoder around the encoder of model"),
  labels: z.enum(labelUnits).default("words").describe("What the network says: words or characters"),
  infeasible: z
    .enum(infeasibleKinds)
    .default("error")
    .describe("Recordings too short for their text: an error, left out, or kept without being learnt from"),
  model: speechModelSettings.prefault({}).describe("The network"),
  augmentation: augmentationSettings.prefault({}).describe("How clips vary from epoch to epoch"),
  windows: windowSettings.prefault({}).describe("How long recordings are read"),
  sortFirstEpoch: z
    .boolean()
    .default(true)
    .describe("Take the first epoch from short to long (SortaGrad, Amodei et al. 2016)"),
  training: trainingSettingsWith({
    epochs: 20,
    batchSize: 32,
    clipNorm: 5,
    optimiser: { learningRate: 0.002 },
    schedule: { kind: "cosine", warmupSteps: 50 },
  })
    .prefault({})
    .describe("How it is trained; maxTokens counts steps of the network"),
});

export type SpeechModelSettings = z.infer<typeof speechModelSettings>;
export type SpeechSettings = z.infer<typeof speechSettings>;
/** Settings as a caller may leave them out; the schema fills in the rest. */
export type PartialSpeechSettings = z.input<typeof speechSettings>;

/** The feature settings as the extractor takes them. */
export function extractorSettings({ normalisation, ...rest }: SpeechSettings["features"]): FeatureSettings {
  const { kind, variance, halfLifeSeconds, priorSeconds } = normalisation;
  if (kind === "none") return { ...rest, normalisation: { kind } };
  if (kind === "running")
    return { ...rest, normalisation: { kind, variance, halfLifeSeconds, priorSeconds } };
  return { ...rest, normalisation: { kind, variance } };
}
