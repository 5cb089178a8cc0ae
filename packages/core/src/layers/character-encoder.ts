import { ConfigError, type Random } from "@timestep/base";
import { glorotUniform, zeros } from "@timestep/engine";
import {
  add,
  concat,
  conv1d,
  maxPool,
  mul,
  relu,
  reshape,
  tensor3d,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
} from "@tensorflow/tfjs-core";
import { Module } from "../module.js";
import { Bidirectional } from "../recurrent/bidirectional.js";
import type { CellState } from "../recurrent/cell.js";
import { LstmCell } from "../recurrent/lstm-cell.js";
import { Recurrent } from "../recurrent/recurrent.js";
import { Embedding } from "./embedding.js";

/** Words by the ids of their characters, padded to one length. */
export interface Spellings {
  /** [N, L], row by row. */
  readonly ids: Int32Array;
  /** [N]: characters of each word. */
  readonly lengths: Int32Array;
  /** N */
  readonly batch: number;
  /** L */
  readonly time: number;
}

export interface CharacterEncoderOptions {
  readonly vocabularySize: number;
  /** Length of the character vectors. */
  readonly size: number;
  readonly outputSize: number;
  readonly random: Random;
}

/** Reads words by their characters: ids [N, L] -> [N, outputSize]. */
export interface CharacterEncoder extends Module {
  readonly outputSize: number;
  encode(words: Spellings): Tensor2D;
}

/**
 * The last state of an LSTM over a word's characters, from both ends.
 *
 * @see Lample et al. 2016, Neural architectures for named entity recognition, arXiv:1603.01360.
 */
export class CharacterLstm extends Module implements CharacterEncoder {
  readonly outputSize: number;
  private readonly embedding: Embedding;
  private readonly layer: Bidirectional<CellState>;

  constructor({ vocabularySize, size, outputSize, random }: CharacterEncoderOptions) {
    super();
    if (outputSize % 2 !== 0) {
      throw new ConfigError(
        "CHARACTERS_SIZE",
        `a character LSTM needs an even outputSize, got ${outputSize}.`,
        {
          hint: `Use ${outputSize + 1}: half of it for each direction.`,
        },
      );
    }
    this.outputSize = outputSize;
    this.embedding = this.child("embedding", new Embedding({ vocabularySize, size, random }));
    const direction = (reverse: boolean): Recurrent =>
      new Recurrent(new LstmCell({ inputSize: size, hiddenSize: outputSize / 2, random }), { reverse });
    this.layer = this.child("layer", new Bidirectional(direction(false), direction(true)));
  }

  encode({ ids, lengths, batch, time }: Spellings): Tensor2D {
    const characters = this.embedding.lookup(ids, [batch, time]) as Tensor3D; // [N, L, size]
    const { state } = this.layer.run(characters, { lengths });
    return concat([state.forward["h"] as Tensor2D, state.backward["h"] as Tensor2D], 1); // [N, outputSize]
  }
}

/**
 * Filters over three characters, the strongest answer of each anywhere in the word.
 *
 * @see Ma & Hovy 2016, End-to-end sequence labeling via bi-directional LSTM-CNNs-CRF, arXiv:1603.01354.
 */
export class CharacterCnn extends Module implements CharacterEncoder {
  readonly outputSize: number;
  private readonly embedding: Embedding;
  private readonly filters: Tensor3D;
  private readonly bias: Tensor1D;

  constructor({ vocabularySize, size, outputSize, random }: CharacterEncoderOptions) {
    super();
    const width = 3;
    this.outputSize = outputSize;
    this.embedding = this.child("embedding", new Embedding({ vocabularySize, size, random }));
    const flat = glorotUniform([width * size, outputSize], random);
    this.filters = this.parameter("filters", {
      shape: [width, size, outputSize],
      data: flat.data,
    }) as Tensor3D;
    this.bias = this.parameter("bias", zeros([outputSize])) as Tensor1D;
  }

  encode({ ids, lengths, batch, time }: Spellings): Tensor2D {
    const mask = presence(lengths, time); // [N, L, 1]
    const characters = mul(this.embedding.lookup(ids, [batch, time]), mask) as Tensor3D; // as if zeros surrounded a word
    const answers = relu(add(conv1d(characters, this.filters, 1, "same"), this.bias)); // [N, L, outputSize]
    const heard = reshape(mul(answers, mask), [batch, time, 1, this.outputSize]); // padding answers nothing: 0
    // Pooling over the whole word is its maximum, with a gradient several times faster than that of `max`.
    return reshape(maxPool(heard as Tensor4D, [time, 1], 1, "valid"), [batch, this.outputSize]);
  }
}

function presence(lengths: Int32Array, time: number): Tensor3D {
  const mask = new Float32Array(lengths.length * time);
  lengths.forEach((length, row) => mask.fill(1, row * time, row * time + length));
  return tensor3d(mask, [lengths.length, time, 1]);
}
