import {
  customGrad,
  dispose,
  engine,
  type GradSaveFunc,
  matMul,
  mul,
  type NamedTensorMap,
  reshape,
} from "@tensorflow/tfjs-core";
import type { Tensor, Tensor1D, Tensor3D } from "@tensorflow/tfjs-core";
import { engineHas, gradientsAreRecorded } from "../own-kernels.js";
import type { TransitionConstraints } from "./constraints.js";
import type { LikelihoodInputs } from "./likelihood-fused.js";

/**
 * Kernels of an engine for the linear chain. Both take {emissions [B, T, K], transitions [K, K], start [K], end [K]} and
 * the attributes `lengths` and `constraints`.
 *
 * The likelihood also takes `tags` and `gradient`, and gives ln p [B] and, where asked for, the gradients of each row's
 * likelihood: [B, T, K], [B, K, K], [B, K], [B, K]. Viterbi gives paths [B, T] int32: -1 past a row's length, or
 * everywhere when the constraints leave none.
 */
const likelihoodKernel = "TimestepCrf";
const viterbiKernel = "TimestepCrfViterbi";

/** Whether the running engine has both, and there is something to give them. */
export function crfKernelsServe(emissions: Tensor3D): boolean {
  return emissions.size > 0 && engineHas(likelihoodKernel) && engineHas(viterbiKernel);
}

/** What {@link kernelLogLikelihood} and {@link kernelViterbi} read, without the tags. */
export type ChainInputs = Pick<
  LikelihoodInputs,
  "emissions" | "lengths" | "transitions" | "start" | "end" | "constraints"
>;

/** Log-likelihood [B] by the engine's kernel: the same as the fused path, rows shared among threads. */
export function kernelLogLikelihood(inputs: LikelihoodInputs): Tensor1D {
  const { tags, lengths, constraints } = inputs;
  const gradient = gradientsAreRecorded();
  const run = customGrad((...given) => {
    const [emissions, transitions, start, end] = given.slice(0, 4) as [Tensor, Tensor, Tensor, Tensor];
    const save = given[4] as GradSaveFunc;
    const tensors = { emissions, transitions, start, end };
    const [likelihoods, ...gradients] = runKernel(likelihoodKernel, tensors, {
      lengths,
      constraints,
      gradient,
      tags: tags.map((row) => [...row]),
    });
    save(gradients);
    const gradFunc = (upstream: Tensor, saved: Tensor[]): Tensor[] => {
      const [perEmission, ...perWeight] = saved as [Tensor, ...Tensor[]];
      const weights = reshape(upstream, [1, upstream.size]);
      return [
        mul(perEmission, reshape(upstream, [upstream.size, 1, 1])),
        ...perWeight.map((rows) =>
          reshape(matMul(weights, reshape(rows, [upstream.size, -1])), rows.shape.slice(1)),
        ),
      ];
    };
    return { value: likelihoods as Tensor, gradFunc };
  });
  return run(inputs.emissions, inputs.transitions, inputs.start, inputs.end) as Tensor1D;
}

/** The best tags of each row by the engine's kernel; null where the constraints leave none. */
export function kernelViterbi(inputs: ChainInputs): (number[] | null)[] {
  const { emissions, transitions, start, end, lengths, constraints } = inputs;
  const [, time] = emissions.shape;
  const [paths] = runKernel(viterbiKernel, { emissions, transitions, start, end }, { lengths, constraints });
  const values = (paths as Tensor).dataSync<"int32">();
  (paths as Tensor).dispose();
  return lengths.map((length, b) =>
    length > 0 && values[b * time] === -1 ? null : [...values.subarray(b * time, b * time + length)],
  );
}

/** ln p of given paths [B], and P(tag at step | emissions) [B, T, K]. */
export interface Posteriors {
  readonly likelihoods: Float32Array;
  readonly marginals: Float32Array;
}

/**
 * Marginals by the engine's likelihood kernel, given any paths that the constraints allow: the gradient of a path's
 * log-likelihood in an emission is 1 where the path goes, less the probability that is looked for.
 */
export function kernelPosteriors(inputs: ChainInputs, paths: readonly (readonly number[])[]): Posteriors {
  const { emissions, transitions, start, end, lengths, constraints } = inputs;
  const [, time, tagCount] = emissions.shape;
  const tensors = { emissions, transitions, start, end };
  const results = runKernel(likelihoodKernel, tensors, { lengths, constraints, tags: paths, gradient: true });
  const [likelihoods, gradient] = results.slice(0, 2).map((one) => one.dataSync<"float32">());
  dispose(results);
  const marginals = (gradient as Float32Array).map((value) => -value);
  paths.forEach((path, b) => {
    path.forEach((tag, t) => (marginals[(b * time + t) * tagCount + tag] as number)++);
  });
  return {
    likelihoods: likelihoods as Float32Array,
    marginals: marginals.map((value) => Math.min(1, Math.max(0, value))), // rounding may leave it just outside
  };
}

interface Attributes {
  readonly lengths: readonly number[];
  readonly constraints: TransitionConstraints | null;
  readonly tags?: readonly (readonly number[])[];
  readonly gradient?: boolean;
}

function runKernel(name: string, tensors: NamedTensorMap, attributes: Attributes): Tensor[] {
  // TF.js types attributes as numbers and strings; it hands on whatever it gets.
  const results: Tensor | Tensor[] = engine().runKernel(name, tensors, attributes as never);
  return Array.isArray(results) ? results : [results];
}
