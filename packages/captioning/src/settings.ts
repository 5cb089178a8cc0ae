import { attentionScores, cellKinds } from "@timestep/core";
import { type WordRule } from "@timestep/data";
import { samplingSettings, trainingSettingsWith } from "@timestep/training";
import { z } from "zod";
import { captionFormats } from "./corpus/caption-corpus.js";

const size = z.number().int().min(1);
const count = z.number().int().min(0);
const rate = z.number().min(0).lt(1);
const weight = z.number().min(0);

const wordRules = ["sentence", "ideographs", "blanks"] as const satisfies readonly WordRule[];

/**
 * How the decoder is given the picture: it attends to places; as its first state; as its first input; beside the input
 * of every step; or merged with the state behind the cell.
 */
export const pictureForms = ["attention", "initial-state", "first-input", "every-step", "merge"] as const;

const corpusSettings = z.strictObject({
  missing: z
    .enum(["error", "skip"])
    .default("error")
    .describe("What a caption without its picture does: stop, or be left out and counted"),
  unreadable: z
    .enum(["error", "skip"])
    .default("error")
    .describe("What a picture that cannot be read does: stop, or be left out and counted"),
  devShare: rate
    .gt(0)
    .default(0.05)
    .describe("Share set aside for the dev split where the data has no splits"),
  testShare: rate
    .gt(0)
    .default(0.05)
    .describe("Share set aside for the test split where the data has no splits"),
});

const textSettings = z.strictObject({
  language: z.string().min(2).default("en").describe("Two letters: en, de and fr have rules of their own"),
  words: z
    .enum(wordRules)
    .default("sentence")
    .describe(
      "How a caption is cut into words: sentence (punctuation apart), ideographs (each one a word too) or blanks",
    ),
  lowercase: z.boolean().default(true).describe("Read and write captions in lower case"),
  normalise: z.boolean().default(true).describe("Make quotes, dashes and other marks uniform"),
  punctuation: z.boolean().default(false).describe("Keep punctuation as words of their own"),
  minCount: size.default(5).describe("Words seen less often than this in training are unknown"),
  size: size.default(20_000).describe("Most words; rarer ones are unknown"),
  maxWords: size.default(30).describe("Longer captions are cut there; none is longer when it is written"),
});

const pictureSettings = z.strictObject({
  encoder: z
    .enum(["pretrained", "trained"])
    .default("pretrained")
    .describe(
      "pretrained: features of a network that was trained on labelled pictures; trained: a small convolutional network learnt with the decoder",
    ),
  network: z
    .string()
    .min(1)
    .default("cnn-mobilenetv2")
    .describe("pretrained: a folder, or a name, with the network's manifest.json and weights.bin"),
  fit: z
    .enum(["cover", "squeeze"])
    .default("cover")
    .describe("How a picture comes to its size: cut at two sides (cover), or in another shape (squeeze)"),
  width: size.default(64).describe("trained: pixels across"),
  height: size.default(64).describe("trained: pixels down"),
  channels: z
    .array(size)
    .min(1)
    .max(8)
    .default([32, 64, 64])
    .describe("trained: channels of each layer; each halves the sides of the picture"),
  augmentation: z
    .strictObject({
      shift: count.default(0).describe("Moved by up to so many pixels in each direction"),
      contrast: rate.default(0).describe("Contrast is changed by up to this share"),
      brightness: weight.default(0).describe("Each colour is changed by up to this; 1 is half of the range"),
    })
    .prefault({})
    .describe("trained: how pictures vary in training"),
  size: count
    .default(512)
    .describe("Places are mapped to vectors of this length before the decoder reads them; 0: as they are"),
  positions: z
    .boolean()
    .default(false)
    .describe("Learn a vector for each place, which is added to what is there"),
});

const attentionSettings = z.strictObject({
  kind: z.enum(attentionScores).default("additive").describe("How a decoder state is compared with a place"),
  size: size.default(256).describe("additive, location: units of the comparison"),
  attend: z
    .enum(["after", "before"])
    .default("before")
    .describe("before: look with the old state, as Show, Attend and Tell; after: with the new one, as Luong"),
  gate: z.boolean().default(true).describe("before: a gate over what is looked at"),
  doublyStochastic: weight
    .default(1)
    .describe("Weight of the penalty for looking unevenly at the places over a caption"),
});

const dropoutSettings = z.strictObject({
  picture: rate
    .default(0.3)
    .describe("Dropout of the vectors of places, one mask for all places of a picture"),
  input: rate.default(0.3).describe("Dropout of the vectors of words, one mask for all steps of a caption"),
  layers: rate.default(0.3).describe("Dropout between layers"),
  output: rate.default(0.5).describe("Dropout before the output weights"),
});

/** Settings of the network. */
export const captionModelSettings = z.strictObject({
  form: z
    .enum(pictureForms)
    .default("attention")
    .describe(
      "How the decoder is given the picture: attention (Xu et al. 2015), initial-state (Vinyals et al. 2015), first-input (Karpathy & Fei-Fei 2015), every-step (Donahue et al. 2015) or merge (Mao et al. 2015)",
    ),
  cell: z.enum(cellKinds).default("lstm").describe("Recurrent cell"),
  hiddenSize: size.default(512).describe("Units"),
  layers: size.default(1).describe("Layers on top of each other"),
  residual: z
    .boolean()
    .default(false)
    .describe("Add the input of a layer to its output where the sizes agree"),
  embedding: size.default(256).describe("Length of the vectors of words"),
  tied: z.boolean().default(true).describe("The vectors of words are the output weights too"),
  attention: attentionSettings.prefault({}).describe("How the decoder looks at the places of a picture"),
  dropout: dropoutSettings.prefault({}).describe("Dropout in training"),
});

const rewardSettings = z.strictObject({
  epochs: count
    .default(0)
    .describe(
      "The last so many epochs are learnt from CIDEr-D of drawn captions (Rennie et al. 2017), and patience is off; 0: none",
    ),
  samples: size
    .default(5)
    .describe(
      "Captions drawn for each picture; a reward counts above the mean of the others or, of one alone, above the greedy caption's",
    ),
  temperature: z
    .number()
    .positive()
    .default(1)
    .describe("1 draws what the network says; below 1 keeps to what is probable"),
});

const searchSettings = z.strictObject({
  beam: size.default(3).describe("Hypotheses kept at each step; 1 is greedy"),
  lengthPenalty: z
    .number()
    .min(0)
    .default(1)
    .describe(
      "Strength of dividing a score by its length (the alpha of Wu et al. 2016); 0 favours short captions",
    ),
  groups: size.default(1).describe("Groups that the beam is parted into, for captions unlike each other"),
  diversity: weight
    .default(0.5)
    .describe("groups: what a word loses for each time that an earlier group chose it in the same step"),
  noRepeat: count.default(3).describe("No run of so many words occurs twice; 0 allows all"),
  noDangling: z
    .boolean()
    .default(true)
    .describe("No caption ends on a word that wants another, such as an article or a preposition"),
});

/** Settings of captions: what a recipe, `--config` and `--set` may say. */
export const captioningSettings = z.strictObject({
  data: z.string().default("scenes").describe("A folder or a name"),
  format: z.enum(captionFormats).optional().describe("Reader of the data; chosen by its files if absent"),
  seed: z.number().int().default(1).describe("Start of all random numbers"),
  selectBy: z
    .enum(["ciderD", "bleu4", "exact", "loss"])
    .default("ciderD")
    .describe(
      "What decides which weights are best: a score of captions of the dev split, searched greedily, or its loss",
    ),
  corpus: corpusSettings.prefault({}).describe("How captions and pictures are read"),
  text: textSettings.prefault({}).describe("How captions become words"),
  picture: pictureSettings.prefault({}).describe("How pictures become vectors"),
  model: captionModelSettings.prefault({}).describe("The network that writes captions"),
  captionsPerPicture: count
    .default(5)
    .describe("Captions of a picture that an epoch learns from, drawn anew each time; 0: all"),
  labelSmoothing: rate.default(0).describe("Share of the probability that training spreads over all words"),
  sampling: samplingSettings.prefault({}).describe("Training on the decoder's own output"),
  reward: rewardSettings.prefault({}).describe("Self-critical training"),
  search: searchSettings.prefault({}).describe("How captions are searched for"),
  training: trainingSettingsWith({
    epochs: 15,
    batchSize: 60,
    clipNorm: 5,
    patience: 4,
    optimiser: { learningRate: 0.001 },
    schedule: { kind: "cosine" },
  })
    .prefault({})
    .describe("How it is trained; batchSize counts captions, those of a picture stay together"),
});

export type CaptionModelSettings = z.infer<typeof captionModelSettings>;
export type CaptioningSettings = z.infer<typeof captioningSettings>;
/** Settings as a caller may leave them out; the schema fills in the rest. */
export type PartialCaptioningSettings = z.input<typeof captioningSettings>;
