import type { Random } from "@timestep/base";
import {
  type BothStates,
  type CellState,
  createEncoder,
  Dense,
  dropout,
  type LayerState,
  Module,
  type Stack,
} from "@timestep/core";
import {
  concat,
  div,
  expandDims,
  mul,
  pad,
  type Scalar,
  slice,
  square,
  sub,
  sum,
  type Tensor2D,
  type Tensor3D,
  tensor,
  tidy,
  tile,
} from "@tensorflow/tfjs-core";
import type { ClipBatch } from "../model.js";
import type { SpeechSettings } from "../settings.js";

/**
 * A sequence-to-sequence auto-encoder of sound: an encoder reads a segment of any length, its last states become one
 * vector, and a decoder writes the segment back from that vector. Both are trained together, without labels; the vector
 * must hold all that the decoder needs. Frames that the decoder reads are mostly wiped out, so that it cannot live on
 * each frame's likeness to the one before.
 *
 * @see Chung et al. 2016, arXiv:1603.00982.
 */
export class SpeechAutoEncoder extends Module {
  private readonly settings: SpeechSettings["embedder"];
  private readonly encoder: Stack<LayerState>;
  private readonly vector: Dense;
  private readonly decoder: Stack<LayerState>;
  private readonly output: Dense;

  constructor(
    inputSize: number,
    { model, embedder }: Pick<SpeechSettings, "model" | "embedder">,
    random: Random,
  ) {
    super();
    this.settings = embedder;
    const { cell, hiddenSize, layers, bidirectional, residual, dropout: rates } = model;
    this.encoder = this.child(
      "encoder",
      createEncoder({
        cell,
        inputSize,
        hiddenSize,
        layers,
        bidirectional,
        residual,
        dropout: rates.layers,
        random,
      }),
    );
    this.vector = this.child(
      "vector",
      new Dense({ inputSize: this.encoder.outputSize, outputSize: embedder.size, random }),
    );
    this.decoder = this.child(
      "decoder",
      createEncoder({
        cell,
        inputSize: inputSize + embedder.size,
        hiddenSize: embedder.decoderSize,
        bidirectional: false,
        random,
      }),
    );
    this.output = this.child(
      "output",
      new Dense({ inputSize: embedder.decoderSize, outputSize: inputSize, random }),
    );
  }

  /** The vectors of segments, [B, size]. */
  embed(batch: ClipBatch, random?: Random): Tensor2D {
    return tidy(() => {
      const { lengths } = batch;
      const { state } = this.encoder.run(toTensor(batch), { lengths, random });
      return this.vector.apply(lastOutput(state.at(-1) as LayerState));
    });
  }

  /**
   * Mean squared error of a value of `target` as it is written back from the vector of `heard`, the same segments with
   * or without noise. `frames` chooses what the decoder does not get to see, in training and in scoring alike; `random`
   * drives dropout.
   */
  loss(heard: ClipBatch, target: ClipBatch, frames: Random, random?: Random): Scalar {
    return tidy(() => {
      const { lengths, time, size } = target;
      const vectors = this.embed(heard, random);
      const truth = toTensor(target);
      const before = pad(slice(truth, [0, 0, 0], [-1, time - 1, -1]), [
        [0, 0],
        [1, 0],
        [0, 0],
      ]);
      const read = dropout(before, { rate: this.settings.frameDropout, random: frames });
      const given = tile(expandDims(vectors, 1), [1, time, 1]);
      const { output } = this.decoder.run(concat([read, given], 2) as Tensor3D, { lengths });
      const written = this.output.apply(output);
      const errors = mul(
        square(sub(written, truth)),
        tensor(maskOf(lengths, time), [lengths.length, time, 1]),
      );
      const values = lengths.reduce((total, length) => total + length, 0) * size;
      return div(sum(errors), Math.max(1, values)) as Scalar;
    });
  }
}

function toTensor({ values, lengths, time, size }: ClipBatch): Tensor3D {
  return tensor(values, [lengths.length, time, size]) as Tensor3D;
}

function maskOf(lengths: readonly number[], time: number): Float32Array {
  const mask = new Float32Array(lengths.length * time);
  lengths.forEach((length, row) => mask.fill(1, row * time, row * time + length));
  return mask;
}

/** What the last step of each direction gave, side by side. */
function lastOutput(state: LayerState): Tensor2D {
  if (!isBoth(state)) return hidden(state);
  return concat([hidden(state.forward), hidden(state.backward)], 1);
}

function isBoth(state: LayerState): state is BothStates<CellState> {
  return "backward" in state;
}

/** The part of a cell's state that it gives as its output. */
function hidden(state: CellState): Tensor2D {
  return (state["h"] ?? state["y"]) as Tensor2D;
}
