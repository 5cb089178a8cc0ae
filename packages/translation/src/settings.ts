import { type AttentionScore, cellKinds } from "@timestep/core";
import { type ParallelFormat, type WordRule } from "@timestep/data";
import { samplingSettings, trainingSettingsWith } from "@timestep/training";
import { z } from "zod";

const size = z.number().int().min(1);
const rate = z.number().min(0).lt(1);
const weight = z.number().min(0);

const scores = [
  "additive",
  "dot",
  "general",
  "location",
  "none",
] as const satisfies readonly AttentionScore[];
const wordRules = ["sentence", "ideographs", "blanks"] as const satisfies readonly WordRule[];
const formats = ["lines", "tsv", "jsonl"] as const satisfies readonly ParallelFormat[];

/** How a decoder starts: a learnt map of the encoder's last state, that state itself, or zeros. */
export const initialStateKinds = ["bridge", "last", "zero"] as const;

/** What a text is cut into. */
export const unitKinds = ["subwords", "words", "characters"] as const;

function sideSettings(side: string) {
  return z.strictObject({
    unit: z
      .enum(unitKinds)
      .default("subwords")
      .describe(`${side} texts are read by subwords (byte-pair encoding), words or characters`),
    size: size
      .default(8000)
      .describe(
        "subwords: merges at most, the source's for both sides where they are learnt together; words, characters: units at most, rarer ones are unknown",
      ),
    minCount: size.default(2).describe("Units seen less often than this in training are left out"),
    words: z
      .enum(wordRules)
      .default("sentence")
      .describe(
        "How a text is cut into words before units: sentence (punctuation apart), ideographs (each one a word too) or blanks",
      ),
    normalise: z.boolean().default(true).describe("Make quotes, dashes and other marks uniform"),
    lowercase: z
      .boolean()
      .default(true)
      .describe("Read texts in lower case; translations are then in lower case"),
  });
}

const embeddingSettings = z.strictObject({
  size: size.default(256).describe("Length of the vectors of units"),
  tied: z
    .enum(["none", "output", "all"])
    .default("output")
    .describe(
      "output: the decoder's vectors are its output weights too; all: the encoder shares them, with joint subwords",
    ),
});

const encoderSettings = z.strictObject({
  cell: z.enum(cellKinds).default("gru").describe("Recurrent cell"),
  hiddenSize: size.default(256).describe("Units of each direction"),
  layers: size.default(1).describe("Layers on top of each other"),
  bidirectional: z.boolean().default(true).describe("Read the source both ways"),
  residual: z
    .boolean()
    .default(false)
    .describe("Add the input of a layer to its output where the sizes agree"),
  reversed: z
    .boolean()
    .default(false)
    .describe("Read the source from its end, which brings its beginning near that of the translation"),
});

const decoderSettings = z.strictObject({
  cell: z.enum(cellKinds).default("gru").describe("Recurrent cell"),
  hiddenSize: size.default(512).describe("Units"),
  layers: size.default(1).describe("Layers on top of each other"),
  residual: z
    .boolean()
    .default(false)
    .describe("Add the input of a layer to its output where the sizes agree"),
  initialState: z
    .enum(initialStateKinds)
    .default("bridge")
    .describe(
      "How the decoder starts: bridge (a learnt map of the encoder's last state), last (that state itself) or zero",
    ),
});

const attentionSettings = z.strictObject({
  kind: z
    .enum(scores)
    .default("additive")
    .describe("How a decoder state is compared with the source; none is the plain encoder-decoder"),
  size: size.default(256).describe("additive, location: units of the comparison"),
  attend: z
    .enum(["after", "before"])
    .default("after")
    .describe("after: attend with the new state, as Luong; before: with the old one, as Bahdanau"),
  inputFeeding: z
    .boolean()
    .default(true)
    .describe("after: the last step's output is read with the next input"),
  coverage: z
    .boolean()
    .default(false)
    .describe("The comparison sees how much attention each place had so far"),
  coverageWeight: weight.default(1).describe("coverage: weight of the loss for attending twice to a place"),
});

const dropoutSettings = z.strictObject({
  input: rate.default(0.3).describe("Dropout of the vectors of units, one mask for all steps of a sentence"),
  layers: rate.default(0.3).describe("Dropout between layers"),
  memory: rate.default(0.3).describe("Dropout of what the encoder gives"),
  output: rate.default(0.3).describe("Dropout before the output weights"),
});

/** Settings of the encoder-decoder. */
export const translationModelSettings = z.strictObject({
  embedding: embeddingSettings.prefault({}).describe("Vectors of units"),
  encoder: encoderSettings.prefault({}).describe("The network that reads the source"),
  decoder: decoderSettings.prefault({}).describe("The network that writes the translation"),
  attention: attentionSettings.prefault({}).describe("How the decoder looks at the source"),
  dropout: dropoutSettings.prefault({}).describe("Dropout in training"),
});

const textSettings = z.strictObject({
  joint: z
    .boolean()
    .default(true)
    .describe(
      "Learn one set of subwords from both languages; each side keeps the ones it has, unless vectors are shared",
    ),
  dropout: rate
    .default(0)
    .describe("Share of merges that are passed over in training, so that a word is seen cut in several ways"),
  maxUnits: size
    .default(100)
    .describe("Pairs with more units on a side are not learnt from; longer sources are cut there"),
});

const searchSettings = z.strictObject({
  beam: size.default(5).describe("Hypotheses kept at each step; 1 is greedy"),
  lengthPenalty: z
    .number()
    .min(0)
    .default(1)
    .describe(
      "Strength of dividing a score by its length (the alpha of Wu et al. 2016); 0 favours short translations",
    ),
  coveragePenalty: weight
    .default(0)
    .describe(
      "Strength of the penalty for source units that nothing attends to (the beta of Wu et al. 2016)",
    ),
  noRepeat: z.number().int().min(0).default(0).describe("No run of so many units occurs twice; 0 allows all"),
  lengthRatio: z
    .number()
    .positive()
    .default(1.5)
    .describe("Most units of a translation for each unit of its source, beside 10 more"),
});

/** Settings of translation: what a recipe, `--config` and `--set` may say. */
export const translationSettings = z.strictObject({
  data: z.string().default("reverse-digits").describe("A file, a folder or a name"),
  format: z.enum(formats).optional().describe("Reader of the data; chosen by its files if absent"),
  from: z.string().min(1).optional().describe("Language translated from, as files or columns name it"),
  to: z.string().min(1).optional().describe("Language translated into"),
  columns: z
    .array(z.string().min(1))
    .optional()
    .describe("Languages of the columns of a table without headings, from the left"),
  devShare: rate
    .gt(0)
    .default(0.05)
    .describe("Share set aside for the dev split where the data has no splits"),
  testShare: rate
    .gt(0)
    .default(0.05)
    .describe("Share set aside for the test split where the data has no splits"),
  seed: z.number().int().default(1).describe("Start of all random numbers"),
  selectBy: z
    .enum(["bleu", "loss"])
    .default("bleu")
    .describe(
      "What decides which weights are best: BLEU of greedy translations of the dev split, or its loss alone",
    ),
  text: textSettings.prefault({}).describe("How texts become units"),
  source: sideSettings("Source").prefault({}).describe("Units of the source"),
  target: sideSettings("Target").prefault({}).describe("Units of the translation"),
  model: translationModelSettings.prefault({}).describe("The network"),
  labelSmoothing: rate.default(0.1).describe("Share of the probability that training spreads over all units"),
  sampling: samplingSettings.prefault({}).describe("Training on the decoder's own output"),
  search: searchSettings.prefault({}).describe("How translations are searched for"),
  training: trainingSettingsWith({
    epochs: 20,
    batchSize: 400,
    clipNorm: 1,
    patience: 5,
    optimiser: { learningRate: 0.001 },
    schedule: { kind: "plateau", patience: 1 },
  })
    .prefault({})
    .describe("How it is trained; maxTokens counts the units of both sides"),
});

export type TranslationModelSettings = z.infer<typeof translationModelSettings>;
export type TranslationSettings = z.infer<typeof translationSettings>;
/** Settings as a caller may leave them out; the schema fills in the rest. */
export type PartialTranslationSettings = z.input<typeof translationSettings>;
