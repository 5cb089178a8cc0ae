import { cellKinds, poolingKinds } from "@timestep/core";
import { trainingSettingsWith } from "@timestep/training";
import { z } from "zod";

const size = z.number().int().min(1);
const rate = z.number().min(0).lt(1);

const wordSettings = z.strictObject({
  size: size
    .default(50)
    .describe("Length of the trained word vectors; with tuned vectors they have the length of those"),
  minCount: size.default(1).describe("Words seen less often than this in training are unknown"),
  lowercase: z.boolean().default(true).describe("Look words up in lower case"),
  digits: z.enum(["keep", "zero"]).default("zero").describe("zero: every digit reads as 0"),
  dropout: rate
    .default(0.02)
    .describe("Share of words read as unknown in training, so that unknown words are learnt"),
});

const vectorSettings = z.strictObject({
  source: z.string().optional().describe("Pretrained word vectors: a file, or a name such as glove-subset"),
  mode: z
    .enum(["frozen", "tuned"])
    .default("tuned")
    .describe("frozen: read beside the trained vectors; tuned: the trained vectors start from them"),
  rate: z
    .number()
    .min(0)
    .default(0.1)
    .describe("tuned: what the learning rate is multiplied by for word vectors"),
});

const characterSettings = z.strictObject({
  kind: z.enum(["none", "lstm", "cnn"]).default("none").describe("How a word is read by its characters"),
  of: z
    .enum(["unknown", "all"])
    .default("unknown")
    .describe("Which words are: those without a vector of their own, or all"),
  size: size.default(16).describe("Length of the character vectors"),
  outputSize: size.default(32).describe("Length of what the characters of a word become; even for lstm"),
});

const encoderSettings = z.strictObject({
  cell: z.enum(cellKinds).default("lstm").describe("sequence: recurrent cell"),
  hiddenSize: size.default(128).describe("sequence: units of each direction"),
  layers: size.default(1).describe("sequence: layers on top of each other"),
  bidirectional: z.boolean().default(true).describe("sequence: read the text both ways"),
  pooling: z
    .enum(poolingKinds)
    .default("max")
    .describe("sequence: how the steps become one vector; attention learns which of them matter"),
  hierarchical: z
    .boolean()
    .default(false)
    .describe("sequence: read each sentence by itself, then the sentences as a sequence"),
});

/** Cells that merge the nodes of a tree. */
export const treeCellKinds = ["recursive", "nary", "child-sum"] as const;
/** Shapes of the trees that texts without a parse get. */
export const treeShapes = ["balanced", "right"] as const;

const treeSettings = z.strictObject({
  cell: z
    .enum(treeCellKinds)
    .default("nary")
    .describe("tree: plain recursive network, N-ary or child-sum tree LSTM"),
  hiddenSize: size.default(150).describe("tree: units of a node"),
  shape: z
    .enum(treeShapes)
    .default("balanced")
    .describe("tree: how words without a parse are merged: halves of halves, or each with all that follow"),
  rootWeight: z
    .number()
    .positive()
    .default(1)
    .describe("tree: how much the loss of a whole text counts beside that of a phrase"),
});

const lengthSettings = z.strictObject({
  head: z.number().int().min(0).default(200).describe("Words kept at the start of a text that is too long"),
  tail: z.number().int().min(0).default(200).describe("Words kept at its end; the middle is left out"),
});

/** Settings of the model of sentiment. */
export const sentimentModelSettings = z
  .strictObject({
    kind: z
      .enum(["sequence", "tree"])
      .default("sequence")
      .describe("Recurrent over words, or recursive over a parse tree"),
    words: wordSettings.prefault({}).describe("Trained word vectors"),
    vectors: vectorSettings.prefault({}).describe("Pretrained word vectors"),
    characters: characterSettings.prefault({}).describe("Words by their characters"),
    length: lengthSettings.prefault({}).describe("How much of a long text is read"),
    encoder: encoderSettings.prefault({}).describe("The network over words"),
    tree: treeSettings.prefault({}).describe("The network over trees"),
    inputDropout: rate.default(0.3).describe("Dropout of what is read"),
    outputDropout: rate.default(0.5).describe("Dropout before the labels, and between layers"),
  })
  .superRefine(({ length }, context) => {
    if (length.head + length.tail > 0) return;
    context.addIssue({
      code: "custom",
      path: ["length"],
      message: "head and tail are both 0: expected one of them above 0",
    });
  });

/** Settings of sentiment: what a recipe, `--config` and `--set` may say. */
export const sentimentSettings = z.strictObject({
  data: z.string().default("reviews").describe("A file, a folder or a name"),
  format: z
    .enum(["tsv", "csv", "jsonl", "folders", "imdb", "trees"])
    .optional()
    .describe("Reader of the data; chosen by its files if absent"),
  classes: z
    .enum(["read", "two", "five"])
    .default("read")
    .describe("Labels 0 to 4 of trees: as they are, negative and positive without the neutral, or by name"),
  labels: z
    .array(z.string().min(1))
    .min(2)
    .optional()
    .describe("The labels that texts may have, another one is an error; those of the data if absent"),
  phrases: z
    .boolean()
    .default(true)
    .describe("Learn from the labelled phrases of trees too, not from whole texts alone"),
  phraseWords: size.default(1).describe("sequence: phrases of fewer words are not learnt from"),
  devShare: rate
    .gt(0)
    .default(0.1)
    .describe("Share of the training split that is set aside where the data has no dev split"),
  folds: z
    .number()
    .int()
    .min(0)
    .default(0)
    .describe("After training, cross-validate on so many parts of the training split; 0 turns it off"),
  seed: z.number().int().default(1).describe("Start of all random numbers"),
  selectBy: z
    .enum(["accuracy", "macroF1"])
    .default("accuracy")
    .describe("Score of the dev split that decides which weights are best"),
  abstainBelow: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe("Give no label where the confidence is below this"),
  model: sentimentModelSettings.prefault({}).describe("The network"),
  training: trainingSettingsWith({
    epochs: 20,
    batchSize: 32,
    clipNorm: 5,
    averaging: 0.99,
    patience: 6,
    optimiser: { learningRate: 0.001 },
  })
    .prefault({})
    .describe("How it is trained"),
});

export type SentimentModelSettings = z.infer<typeof sentimentModelSettings>;
export type SentimentSettings = z.infer<typeof sentimentSettings>;
/** Settings as a caller may leave them out; the schema fills in the rest. */
export type PartialSentimentSettings = z.input<typeof sentimentSettings>;
