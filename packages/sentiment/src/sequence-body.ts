import type { Random } from "@timestep/base";
import { createEncoder, dropout, type LayerState, Module, SequencePooling, type Stack } from "@timestep/core";
import {
  concat,
  gather,
  reshape,
  tensor1d,
  type Tensor2D,
  type Tensor3D,
  zeros,
} from "@tensorflow/tfjs-core";
import type { DocumentLayout, SequenceLayout } from "./batch.js";
import type { SentimentModelSettings } from "./settings.js";

/** One vector a text, and for attention how much each of its words counts. */
export interface SequenceFeatures {
  /** [B, F] */
  readonly features: Tensor2D;
  /** [N]: by the rows of the words. */
  readonly attention: Tensor2D | undefined;
}

/** An encoder and what makes one vector of its steps. */
class Reader extends Module {
  readonly outputSize: number;
  private readonly encoder: Stack<LayerState>;
  private readonly pooling: SequencePooling;

  constructor(inputSize: number, { encoder, outputDropout }: SentimentModelSettings, random: Random) {
    super();
    this.encoder = this.child(
      "encoder",
      createEncoder({ ...encoder, inputSize, dropout: outputDropout, random }),
    );
    this.outputSize = this.encoder.outputSize;
    this.pooling = this.child(
      "pooling",
      new SequencePooling({
        kind: encoder.pooling,
        inputSize: this.outputSize,
        bidirectional: encoder.bidirectional,
        attentionSize: encoder.hiddenSize,
        random,
      }),
    );
  }

  /** [B, T, I] -> [B, F], and weights [B, T] of attention. */
  read(x: Tensor3D, lengths: Int32Array, random: Random | undefined) {
    const { output } = this.encoder.run(x, { lengths, random });
    return this.pooling.run(output, lengths);
  }
}

/**
 * Texts as one vector each: a recurrent encoder over their words, and its steps pooled. Hierarchical, the sentences of
 * a text are read so first, and then their vectors as a sequence.
 *
 * @see hierarchical reading: Yang et al. 2016, Hierarchical attention networks, doi:10.18653/v1/N16-1174.
 */
export class SequenceBody extends Module {
  readonly outputSize: number;
  private readonly settings: SentimentModelSettings;
  private readonly overWords: Reader;
  private readonly overSentences: Reader | undefined;

  constructor(inputSize: number, settings: SentimentModelSettings, random: Random) {
    super();
    this.settings = settings;
    this.overWords = this.child("words", new Reader(inputSize, settings, random));
    if (settings.encoder.hierarchical) {
      this.overSentences = this.child("sentences", new Reader(this.overWords.outputSize, settings, random));
    }
    this.outputSize = (this.overSentences ?? this.overWords).outputSize;
  }

  /** `x` [B·T, I] -> features of each text. */
  run(x: Tensor2D, layout: SequenceLayout, random: Random | undefined): SequenceFeatures {
    const { batch, time, lengths, documents } = layout;
    const steps = reshape(x, [batch, time, x.shape[1]]) as Tensor3D;
    const { pooled, weights } = this.overWords.read(steps, lengths, random);
    if (documents === undefined || this.overSentences === undefined) {
      return { features: pooled, attention: weights };
    }
    const sentences = dropout(pooled, { rate: this.settings.outputDropout, random });
    const above = this.overSentences.read(sideBySide(sentences, documents), documents.lengths, random);
    return { features: above.pooled, attention: weights };
  }
}

/** Sentence vectors [S, F] as the sequences of their texts, [D, most sentences, F]. */
function sideBySide(sentences: Tensor2D, { rows, batch, time }: DocumentLayout): Tensor3D {
  const size = sentences.shape[1];
  const padded = concat([sentences, zeros([1, size]) as Tensor2D], 0);
  return reshape(gather(padded, tensor1d(rows, "int32")), [batch, time, size]);
}
