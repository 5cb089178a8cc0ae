import { crossEntropy, type TagPath } from "@timestep/core";
import {
  gather,
  mean,
  mul,
  reshape,
  type Scalar,
  type Tensor1D,
  tensor1d,
  type Tensor2D,
  type Tensor3D,
} from "@tensorflow/tfjs-core";

/** Mean cross-entropy over the tokens of a batch: emissions [B, T, K], one tag list a row. */
export function tokenLoss(emissions: Tensor3D, tags: readonly (readonly number[])[]): Scalar {
  const [batch, time, size] = emissions.shape;
  const places = tags.flatMap((row, b) => row.map((_, t) => b * time + t));
  const rows: Tensor2D = gather(reshape(emissions, [batch * time, size]), tensor1d(places, "int32"));
  return mean(labelLoss(rows, tags.flat()));
}

/** Cross-entropy of each row [N, K] against its label. A single label is certain; TF.js has no one-hot vector of it. */
export function labelLoss(logits: Tensor2D, labels: readonly number[]): Tensor1D {
  const [rows, size] = logits.shape;
  return size === 1 ? reshape(mul(logits, 0), [rows]) : crossEntropy(logits, labels);
}

/** Tags decided one by one: the most probable of each step, `probabilities` [B, T, K]. */
export function softmaxPaths(
  probabilities: Tensor3D,
  lengths: readonly number[],
): { paths: TagPath[]; marginals: number[][][] } {
  const all = probabilities.arraySync();
  const marginals = all.map((row, index) => row.slice(0, lengths[index]));
  const paths = marginals.map((row) => {
    const tags = row.map((step) => step.indexOf(Math.max(...step)));
    const score = row.reduce((total, step, t) => total + Math.log(step[tags[t] as number] as number), 0);
    return { tags, score, probability: Math.exp(score) };
  });
  return { paths, marginals };
}
