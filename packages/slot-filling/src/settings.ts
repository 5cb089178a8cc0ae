import { cellKinds } from "@timestep/core";
import { trainingSettingsWith } from "@timestep/training";
import { z } from "zod";

const size = z.number().int().min(1);
const rate = z.number().min(0).lt(1);

const wordSettings = z.strictObject({
  size: size.default(100).describe("Length of the trained word vectors"),
  minCount: size.default(1).describe("Words seen less often than this in training are unknown"),
  lowercase: z
    .boolean()
    .default(true)
    .describe("Look words up in lower case; case is seen through its own features"),
  digits: z.enum(["keep", "zero"]).default("zero").describe("zero: every digit reads as 0"),
  dropout: rate
    .default(0.05)
    .describe("Share of words read as unknown in training, so that unknown words are learnt"),
});

const vectorSettings = z.strictObject({
  source: z.string().optional().describe("Pretrained word vectors: a file, or a name such as glove-subset"),
  mode: z
    .enum(["frozen", "tuned"])
    .default("frozen")
    .describe("Keep the pretrained vectors, or train them on"),
});

const characterSettings = z.strictObject({
  kind: z.enum(["lstm", "cnn", "none"]).default("lstm").describe("How a word is read by its characters"),
  size: size.default(25).describe("Length of the character vectors"),
  outputSize: size.default(50).describe("Length of what the characters of a word become; even for lstm"),
});

const encoderSettings = z.strictObject({
  cell: z.enum(cellKinds).default("lstm").describe("Recurrent cell"),
  hiddenSize: size.default(128).describe("Units of each direction"),
  layers: size.default(1).describe("Layers on top of each other"),
  bidirectional: z.boolean().default(true).describe("Read the sentence both ways"),
});

/** Settings of the model of slot filling. */
export const slotModelSettings = z.strictObject({
  words: wordSettings.prefault({}).describe("Trained word vectors"),
  vectors: vectorSettings.prefault({}).describe("Pretrained word vectors, beside the trained ones"),
  characters: characterSettings.prefault({}).describe("Words by their characters"),
  caseSize: z
    .number()
    .int()
    .min(0)
    .default(8)
    .describe("Length of the capitalisation vectors; 0 turns them off"),
  encoder: encoderSettings.prefault({}).describe("Recurrent encoder"),
  inputDropout: rate.default(0.4).describe("Dropout of what the encoder reads"),
  outputDropout: rate.default(0.4).describe("Dropout of what the encoder gives, and between its layers"),
  head: z
    .enum(["crf", "softmax"])
    .default("crf")
    .describe("Tags decided together (crf) or one by one (softmax)"),
  outsideWeight: z
    .number()
    .default(0)
    .describe(
      "Taken off the score of the tag O at prediction: above 0 more slots are found, and fewer of them are right",
    ),
  fitOutside: z
    .boolean()
    .default(false)
    .describe("After training, choose outsideWeight so that the dev score is best"),
  intent: z.boolean().default(true).describe("Learn the intent too where the data has one"),
  intentWeight: z.number().min(0).default(1).describe("Weight of the intent's loss beside that of the tags"),
});

/** Settings of slot filling: what a recipe, `--config` and `--set` may say. */
export const slotSettings = z.strictObject({
  data: z.string().default("travel").describe("A file, a folder or a name"),
  format: z
    .enum(["columns", "atis", "jsonl"])
    .optional()
    .describe("Reader of the data; chosen by its files if absent"),
  seed: z.number().int().default(1).describe("Start of all random numbers"),
  selectBy: z
    .enum(["mean", "slotF1", "intentAccuracy", "frameAccuracy"])
    .default("mean")
    .describe(
      "Score of the dev split that decides which weights are best; mean is of those that the data has",
    ),
  trainOnDev: z
    .boolean()
    .default(false)
    .describe(
      "Train on the dev split too: nothing is left to choose weights by, so those of the last epoch are kept",
    ),
  model: slotModelSettings.prefault({}).describe("The network"),
  training: trainingSettingsWith({
    epochs: 30,
    batchSize: 32,
    clipNorm: 5,
    averaging: 0.99,
    patience: 10,
    optimiser: { learningRate: 0.002 },
  })
    .prefault({})
    .describe("How it is trained"),
});

export type SlotModelSettings = z.infer<typeof slotModelSettings>;
export type SlotSettings = z.infer<typeof slotSettings>;
