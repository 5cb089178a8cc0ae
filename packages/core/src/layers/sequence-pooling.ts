import { type Random, ShapeError } from "@timestep/base";
import {
  add,
  concat,
  gather,
  matMul,
  maxPool,
  reshape,
  slice,
  tensor1d,
  type Tensor2D,
  type Tensor3D,
  tensor3d,
  type Tensor4D,
  tidy,
} from "@tensorflow/tfjs-core";
import { Module } from "../module.js";
import { AttentionPooling } from "./attention-pooling.js";

/** Ways to make one vector of a sequence. */
export const poolingKinds = ["last", "mean", "max", "attention"] as const;

export type PoolingKind = (typeof poolingKinds)[number];

export interface SequencePoolingOptions {
  readonly kind: PoolingKind;
  /** I: size of a step. */
  readonly inputSize: number;
  /** Whether the second half of each step was read backwards; `last` then takes its first step. */
  readonly bidirectional: boolean;
  /** Size of the layer that scores a step, for `attention`. */
  readonly attentionSize: number;
  readonly random: Random;
}

/** What pooling gives. */
export interface Pooled {
  /** [B, I] */
  readonly pooled: Tensor2D;
  /** [B, T]: how much each step counts; for `attention` alone. */
  readonly weights?: Tensor2D;
}

/**
 * One vector for each row of a batch of sequences:
 *
 *   last       the last step of what was read forwards, beside the first of what was read backwards
 *   mean       the mean of the row's steps
 *   max        the greatest value of each feature over the row's steps
 *   attention  the steps weighted by how much they matter, see {@link AttentionPooling}
 *
 * **Shapes.** `x` [B, T, I] and lengths [B] of 1..T -> `pooled` [B, I]; steps beyond a row's length do not count.
 *
 * @throws {ShapeError} POOLING_LENGTH when a length is none of 1..T: nothing has no mean.
 */
export class SequencePooling extends Module {
  private readonly kind: PoolingKind;
  private readonly bidirectional: boolean;
  private readonly attention: AttentionPooling | undefined;

  constructor({ kind, bidirectional, ...rest }: SequencePoolingOptions) {
    super();
    this.kind = kind;
    this.bidirectional = bidirectional;
    if (kind === "attention") this.attention = this.child("attention", new AttentionPooling(rest));
  }

  run(x: Tensor3D, lengths: ArrayLike<number>): Pooled {
    checkLengths(x, lengths);
    return tidy(() => {
      switch (this.kind) {
        case "last":
          return { pooled: this.last(x, lengths) };
        case "mean":
          return { pooled: mean(x, lengths) };
        case "max":
          return { pooled: greatest(x, lengths) };
        case "attention":
          return { ...(this.attention as AttentionPooling).run(x, lengths) };
      }
    });
  }

  private last(x: Tensor3D, lengths: ArrayLike<number>): Tensor2D {
    const [batch, time, size] = x.shape;
    const rows = reshape(x, [batch * time, size]) as Tensor2D;
    const at = (step: (row: number) => number): Tensor2D => {
      const places = Int32Array.from({ length: batch }, (_, row) => row * time + step(row));
      return gather(rows, tensor1d(places, "int32"));
    };
    const ends = at((row) => (lengths[row] as number) - 1);
    if (!this.bidirectional) return ends;
    const half = size / 2;
    const starts = at(() => 0);
    return concat([slice(ends, [0, 0], [batch, half]), slice(starts, [0, half], [batch, half])], 1);
  }
}

function mean(x: Tensor3D, lengths: ArrayLike<number>): Tensor2D {
  const [batch, time, size] = x.shape;
  const weights = filled(lengths, time, (length) => 1 / length, 0);
  return reshape(matMul(tensor3d(weights, [batch, 1, time]), x), [batch, size]);
}

function greatest(x: Tensor3D, lengths: ArrayLike<number>): Tensor2D {
  const [batch, time, size] = x.shape;
  const shift = filled(lengths, time, () => 0, -1e9);
  const shown = reshape(add(x, tensor3d(shift, [batch, time, 1])), [batch, time, 1, size]);
  // Pooling over all steps is their maximum, with a gradient several times faster than that of `max`.
  return reshape(maxPool(shown as Tensor4D, [time, 1], 1, "valid"), [batch, size]);
}

/** [B·T]: a value for each row's own steps and another beyond them. */
function filled(
  lengths: ArrayLike<number>,
  time: number,
  inside: (length: number) => number,
  beyond: number,
): Float32Array {
  const values = new Float32Array(lengths.length * time).fill(beyond);
  for (let row = 0; row < lengths.length; row++) {
    const length = lengths[row] as number;
    values.fill(inside(length), row * time, row * time + length);
  }
  return values;
}

function checkLengths(x: Tensor3D, lengths: ArrayLike<number>): void {
  const [batch, time] = x.shape;
  const all = Array.from(lengths);
  const wrong = all.findIndex((length) => !Number.isInteger(length) || length < 1 || length > time);
  if (all.length === batch && wrong < 0) return;
  const came = all.length === batch ? `length ${all[wrong] ?? ""} for row ${wrong}` : `${all.length} lengths`;
  throw new ShapeError(
    "POOLING_LENGTH",
    `pooling over [${x.shape.join(", ")}] needs ${batch} lengths from 1 to ${time}, got ${came}.`,
    {
      hint: "Leave empty sequences out of the batch.",
    },
  );
}
