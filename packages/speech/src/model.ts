import type { Random } from "@timestep/base";
import { createEncoder, ctcLoss, Dense, dropout, type LayerState, Module, type Stack } from "@timestep/core";
import type { AudioFeatures } from "@timestep/data";
import { mean, relu, type Scalar, type Tensor1D, type Tensor3D, tensor, tidy } from "@tensorflow/tfjs-core";
import { BLANK } from "./labels/speech-labels.js";
import type { SpeechModelSettings } from "./settings.js";

/** Clips side by side. */
export interface ClipBatch {
  /** [B, T, I], zeros after a clip's end. */
  readonly values: Float32Array;
  readonly lengths: readonly number[];
  readonly time: number;
  readonly size: number;
}

/** Puts clips side by side. */
export function clipBatch(clips: readonly AudioFeatures[], size: number): ClipBatch {
  const lengths = clips.map(({ frames }) => frames);
  const time = Math.max(1, ...lengths);
  const values = new Float32Array(clips.length * time * size);
  clips.forEach((clip, row) => {
    values.set(clip.values, row * time * size);
  });
  return { values, lengths, time, size };
}

/** How a run of steps went: scores of the classes, and where the recurrent layers stand after it. */
export interface ModelRun {
  /** [B, T, C] */
  readonly logits: Tensor3D;
  readonly state: readonly LayerState[];
}

/**
 * Steps of sound -> an optional convolution -> recurrent layers -> a score for each label and the blank in each step.
 * A convolution of one layer whose windows are laid side by side is a product of each with the same weights.
 *
 * @see Graves, Mohamed & Hinton 2013, arXiv:1303.5778; Amodei et al. 2016, arXiv:1512.02595.
 */
export class SpeechModel extends Module {
  private readonly settings: SpeechModelSettings;
  private readonly convolution: Dense | undefined;
  private readonly encoder: Stack<LayerState>;
  private readonly output: Dense;

  constructor(inputSize: number, classes: number, settings: SpeechModelSettings, random: Random) {
    super();
    const { cell, hiddenSize, layers, bidirectional, residual, dropout: rates, subsampling } = settings;
    this.settings = settings;
    const { channels } = subsampling;
    this.convolution =
      channels === 0
        ? undefined
        : this.child("convolution", new Dense({ inputSize, outputSize: channels, random }));
    this.encoder = this.child(
      "encoder",
      createEncoder({
        cell,
        inputSize: channels === 0 ? inputSize : channels,
        hiddenSize,
        layers,
        bidirectional,
        residual,
        dropout: rates.layers,
        random,
      }),
    );
    this.output = this.child(
      "output",
      new Dense({ inputSize: this.encoder.outputSize, outputSize: classes, random }),
    );
  }

  /** Scores of the classes; `random` drives dropout, `state` goes on from an earlier run. */
  run(
    { values, lengths, time, size }: ClipBatch,
    { random, state }: { readonly random?: Random; readonly state?: readonly LayerState[] | undefined } = {},
  ): ModelRun {
    const { input, output } = this.settings.dropout;
    const heard = tensor(values, [lengths.length, time, size]) as Tensor3D;
    const read = this.convolution === undefined ? heard : relu(this.convolution.apply(heard));
    const dropped = dropout(read, { rate: input, random });
    const encoded = this.encoder.run(dropped, { lengths, random, initialState: state });
    const logits = this.output.apply(dropout(encoded.output, { rate: output, random }));
    return { logits, state: encoded.state };
  }

  /** Scores of the classes, [B, T, C]. */
  logits(batch: ClipBatch): Tensor3D {
    return tidy(() => this.run(batch).logits);
  }

  /** -ln P(labels | clip) of each clip, [B]; 0 for one with too few steps. */
  losses(batch: ClipBatch, labels: readonly (readonly number[])[], random?: Random): Tensor1D {
    return tidy(() => {
      const { logits } = this.run(batch, random === undefined ? {} : { random });
      return ctcLoss(logits, { labels, lengths: batch.lengths, blank: BLANK, infeasible: "zero" });
    });
  }

  /** The mean of {@link losses}. */
  loss(batch: ClipBatch, labels: readonly (readonly number[])[], random?: Random): Scalar {
    return tidy(() => mean(this.losses(batch, labels, random)) as Scalar);
  }
}
