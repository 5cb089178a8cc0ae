import type { Random } from "@timestep/base";
import {
  add,
  matMul,
  mul,
  reshape,
  softmax,
  sub,
  tanh,
  tensor2d,
  type Tensor2D,
  type Tensor3D,
  tidy,
} from "@tensorflow/tfjs-core";
import { Module } from "../module.js";
import { Dense } from "./dense.js";

export interface AttentionPoolingOptions {
  readonly inputSize: number;
  /** Size of the layer that scores a step. */
  readonly attentionSize: number;
  readonly random: Random;
}

/**
 * One vector for a sequence: its steps weighted by how much they matter.
 *
 *   e = v·tanh(W x + b)      a = softmax over the row's steps of e      pooled = Σ a x
 *
 * **Shapes.** `x` [B, T, I] -> `pooled` [B, I], `weights` [B, T]; steps beyond a row's length get no weight.
 *
 * @see Lin et al. 2017, A structured self-attentive sentence embedding, arXiv:1703.03130, with one hop.
 */
export class AttentionPooling extends Module {
  private readonly hidden: Dense;
  private readonly score: Dense;

  constructor({ inputSize, attentionSize, random }: AttentionPoolingOptions) {
    super();
    this.hidden = this.child("hidden", new Dense({ inputSize, outputSize: attentionSize, random }));
    this.score = this.child(
      "score",
      new Dense({ inputSize: attentionSize, outputSize: 1, random, bias: false }),
    );
  }

  run(x: Tensor3D, lengths: ArrayLike<number>): { pooled: Tensor2D; weights: Tensor2D } {
    const [batch, time, size] = x.shape;
    return tidy(() => {
      const energy: Tensor2D = reshape(this.score.apply(tanh(this.hidden.apply(x))), [batch, time]); // [B, T]
      const weights = softmax(maskedEnergy(energy, lengths)) as Tensor2D; // [B, T]
      const pooled = matMul(reshape(weights, [batch, 1, time]), x); // [B, 1, I]
      return { pooled: reshape(pooled, [batch, size]), weights };
    });
  }
}

/** Energies with a very low value at steps that a row does not have, so that a softmax gives them nothing. */
export function maskedEnergy(energy: Tensor2D, lengths: ArrayLike<number>): Tensor2D {
  const [batch, time] = energy.shape;
  const rows = Array.from({ length: batch }, (_, row) =>
    Array.from({ length: time }, (_, step) => (step < (lengths[row] as number) ? 1 : 0)),
  );
  return tidy(() => {
    const mask = tensor2d(rows, [batch, time]);
    return add(mul(energy, mask), mul(-1e9, sub(1, mask)));
  });
}
