import type { Random } from "@timestep/base";
import {
  AttentionPooling,
  CharacterCnn,
  type CharacterEncoder,
  CharacterLstm,
  createEncoder,
  Crf,
  Dense,
  dropout,
  Embedding,
  type LayerState,
  Module,
  type PretrainedTable,
  type Stack,
  tagConstraints,
  type TagPath,
  type Values,
} from "@timestep/core";
import { CAPITALISATIONS } from "@timestep/data";
import { zeros } from "@timestep/engine";
import {
  add,
  concat,
  dispose,
  gather,
  mean,
  mul,
  neg,
  reshape,
  type Scalar,
  softmax,
  sum,
  type Rank,
  tensor1d,
  type Tensor2D,
  type Tensor3D,
  tidy,
  type Variable,
} from "@tensorflow/tfjs-core";
import type { LabelledBatch, SlotBatch } from "./batch.js";
import type { SlotModelSettings } from "./settings.js";
import { labelLoss, softmaxPaths, tokenLoss } from "./softmax-head.js";
import type { SlotVocabulary } from "./vocabulary.js";

/** What the model says about a batch. */
export interface SlotOutput {
  /** The best tag path of each sentence. */
  readonly paths: readonly TagPath[];
  /** P(tag) of each step: per sentence, per step, K probabilities. */
  readonly marginals: readonly (readonly ArrayLike<number>[])[];
  /** P(intent) of each sentence, where there are intents. */
  readonly intents: readonly (readonly number[])[] | undefined;
}

/** What the network says of a batch: for a CRF scores, else probabilities. */
type Scores = {
  /** [B, T, K] */
  tags: Tensor3D;
  /** P(intent), [B, number of intents]. */
  intents?: Tensor2D;
};

/**
 * Tags sentences and names their intent.
 *
 * Word vectors, pretrained vectors, spelling and capitalisation side by side -> recurrent encoder -> a score for each
 * tag at each step -> CRF; the encoder's steps, weighed by attention -> intent.
 *
 * @see Lample et al. 2016, arXiv:1603.01360 (BiLSTM-CRF); Liu & Lane 2016, arXiv:1609.01454 (joint intent).
 */
export class SlotModel extends Module {
  private readonly settings: SlotModelSettings;
  private readonly tagCount: number;
  private readonly words: Embedding;
  private readonly vectors: Embedding | undefined;
  private readonly characters: CharacterEncoder | undefined;
  private readonly cases: Embedding | undefined;
  private readonly encoder: Stack<LayerState>;
  private readonly emissions: Dense;
  /** [K]: added to the scores at prediction; minus `outsideWeight` for O. */
  private readonly tagBias: Variable<Rank.R1>;
  private readonly outside: number;
  private readonly crf: Crf | undefined;
  private readonly pooling: AttentionPooling | undefined;
  private readonly intent: Dense | undefined;

  constructor(
    vocabulary: SlotVocabulary,
    settings: SlotModelSettings,
    random: Random,
    vectors?: PretrainedTable,
  ) {
    super();
    this.settings = settings;
    this.tagCount = vocabulary.tags.size;
    const { characters, encoder } = settings;
    this.words = this.child(
      "words",
      new Embedding({ vocabularySize: vocabulary.words.size, size: settings.words.size, random }),
    );
    let inputSize = settings.words.size;
    if (vectors !== undefined) {
      const trainable = settings.vectors.mode === "tuned";
      this.vectors = this.child("vectors", new Embedding({ ...vectors, trainable, random }));
      inputSize += vectors.size;
    }
    if (characters.kind !== "none") {
      const options = { ...characters, vocabularySize: vocabulary.characters.size, random };
      this.characters = this.child(
        "characters",
        characters.kind === "lstm" ? new CharacterLstm(options) : new CharacterCnn(options),
      );
      inputSize += characters.outputSize;
    }
    if (settings.caseSize > 0) {
      const vocabularySize = CAPITALISATIONS.length + 1;
      this.cases = this.child("cases", new Embedding({ vocabularySize, size: settings.caseSize, random }));
      inputSize += settings.caseSize;
    }
    this.encoder = this.child(
      "encoder",
      createEncoder({ ...encoder, inputSize, dropout: settings.outputDropout, random }),
    );
    const outputSize = this.encoder.outputSize;
    this.emissions = this.child(
      "emissions",
      new Dense({ inputSize: outputSize, outputSize: this.tagCount, random }),
    );
    this.outside = vocabulary.tags.id("O");
    const bias = outsideBias(this.tagCount, this.outside, settings.outsideWeight);
    this.tagBias = this.parameter("tagBias", bias, { trainable: false }) as Variable<Rank.R1>;
    if (settings.head === "crf") {
      const constraints = tagConstraints(vocabulary.tags.labels, "BIOES");
      this.crf = this.child("crf", new Crf({ tagCount: this.tagCount, constraints, random }));
    }
    if (vocabulary.intents !== undefined) {
      this.pooling = this.child(
        "pooling",
        new AttentionPooling({ inputSize: outputSize, attentionSize: encoder.hiddenSize, random }),
      );
      this.intent = this.child(
        "intent",
        new Dense({ inputSize: outputSize, outputSize: vocabulary.intents.size, random }),
      );
    }
  }

  /** Length of the pretrained vectors, or null without them. */
  get vectorSize(): number | null {
    return this.vectors?.size ?? null;
  }

  /** Takes `weight` off the score of O at prediction: above 0 more slots are found, and fewer of them are right. */
  weighOutside(weight: number): void {
    tidy(() => {
      this.tagBias.assign(tensor1d(outsideBias(this.tagCount, this.outside, weight).data));
    });
  }

  /** Mean loss of a batch: of the tags per token, plus that of the intents. `random` drives dropout. */
  loss(batch: LabelledBatch, random: Random): Scalar {
    const { emissions, intents } = this.run(batch, random);
    const tokens = batch.lengths.reduce((total, length) => total + length, 0);
    const tagLoss =
      this.crf === undefined
        ? tokenLoss(emissions, batch.tags)
        : mul(neg(sum(this.crf.logLikelihood(emissions, batch.tags, batch.lengths))), 1 / tokens);
    if (intents === undefined) return tagLoss as Scalar;
    return add(tagLoss, mul(this.settings.intentWeight, mean(labelLoss(intents, batch.intents))));
  }

  /**
   * Best tags, their probabilities and the intents' for a batch.
   *
   * @throws {EngineError} ENGINE_READS_LATER on webgpu, where {@link predictAsync} does the same.
   */
  predict(batch: SlotBatch): SlotOutput {
    const scores = this.scores(batch);
    try {
      return this.read(scores, batch.lengths);
    } finally {
      dispose(scores);
    }
  }

  /** As {@link predict}, on any engine. */
  async predictAsync(batch: SlotBatch): Promise<SlotOutput> {
    const scores = this.scores(batch);
    try {
      // What has been waited for once is at hand for plain code from then on.
      const weights = (this.crf?.parameters() ?? []).map(({ variable }) => variable);
      const read = [...Object.values(scores), ...weights];
      await Promise.all(read.map((tensor) => tensor.data()));
      return this.read(scores, batch.lengths);
    } finally {
      dispose(scores);
    }
  }

  /** What the network says of a batch, to be read; the caller disposes of it. */
  private scores(batch: SlotBatch): Scores {
    return tidy(() => {
      const { emissions: scores, intents } = this.run(batch, undefined);
      const emissions: Tensor3D = add(scores, this.tagBias);
      return {
        tags: this.crf === undefined ? softmax(emissions) : emissions,
        ...(intents === undefined ? {} : { intents: softmax(intents) }),
      };
    });
  }

  private read({ tags, intents }: Scores, lengths: readonly number[]): SlotOutput {
    const paths =
      this.crf === undefined
        ? softmaxPaths(tags, lengths)
        : { paths: this.crf.decode(tags, lengths), marginals: this.crf.marginals(tags, lengths) };
    return { ...paths, intents: intents?.arraySync() };
  }

  private run(
    batch: SlotBatch,
    random: Random | undefined,
  ): { emissions: Tensor3D; intents: Tensor2D | undefined } {
    const { batch: rows, time } = batch.words;
    const parts = [this.words.lookup(batch.words.ids, [rows, time])];
    if (this.vectors !== undefined) parts.push(this.vectors.lookup(batch.vectors.ids, [rows, time]));
    if (this.characters !== undefined) {
      const spelt = gather(this.characters.encode(batch.spellings), tensor1d(batch.spellingOf, "int32"));
      parts.push(reshape(spelt, [rows, time, this.characters.outputSize]));
    }
    if (this.cases !== undefined) parts.push(this.cases.lookup(batch.cases.ids, [rows, time]));
    const read = concat(parts as Tensor3D[], 2); // [B, T, I]
    const input = dropout(read, { rate: this.settings.inputDropout, kind: "standard", random });
    const { output } = this.encoder.run(input, { lengths: batch.lengths, random });
    const encoded = dropout(output, { rate: this.settings.outputDropout, kind: "variational", random });
    const emissions = this.emissions.apply(encoded); // [B, T, K]
    if (this.pooling === undefined || this.intent === undefined) return { emissions, intents: undefined };
    const { pooled } = this.pooling.run(encoded, batch.lengths);
    return { emissions, intents: this.intent.apply(pooled) };
  }
}

/** [K]: -weight for O, 0 for the others. */
function outsideBias(tagCount: number, outside: number, weight: number): Values {
  const bias = zeros([tagCount]);
  bias.data[outside] = 0 - weight;
  return bias;
}
