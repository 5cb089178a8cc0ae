import {
  add,
  expandDims,
  logSumExp,
  matMul,
  mul,
  reshape,
  scalar,
  slice,
  squeeze,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
  tensor,
  type Tensor2D,
  type Tensor3D,
  tidy,
  where,
  zeros,
  zerosLike,
} from "@tensorflow/tfjs-core";
import { type LikelihoodInputs } from "./likelihood-fused.js";

/** Stands for -Infinity, which the tape would turn into NaN; exp of it is 0 in float32 whatever is added. */
const forbidden = -1e9;

/**
 * Log-likelihood [B] by the forward recursion in log space, with TF.js operations under the tape: any engine, and the
 * version to read.
 *
 *   α1[j] = start[j] + e1[j]      αt[j] = et[j] + ln Σi exp(α(t-1)[i] + A[i, j])      ln Z = ln Σk exp(αL[k] + end[k])
 */
export function referenceLogLikelihood(inputs: LikelihoodInputs): Tensor1D {
  const { tags, lengths, constraints } = inputs;
  const [batch, steps, tagCount] = inputs.emissions.shape;
  if (steps === 0) return zeros([batch]);
  return tidy(() => {
    const valid = stepMask(lengths, steps); // [B, T]
    const emissions: Tensor3D = where(expandDims(valid, 2), inputs.emissions, zerosLike(inputs.emissions));
    const transitions = restrict(inputs.transitions, constraints?.allowed.flat()); // [K, K]
    const start = restrict(inputs.start, constraints?.allowedStart); // [K]
    const end = restrict(inputs.end, constraints?.allowedEnd); // [K]
    const at = (t: number): Tensor2D => squeeze(slice(emissions, [0, t, 0], [batch, 1, tagCount]), [1]);

    let alpha: Tensor = add(start, at(0)); // [B, K]
    for (let t = 1; t < steps; t++) {
      const arrived = logSumExp(add(expandDims(alpha, 2), transitions), 1); // [B, K]
      alpha = where(slice(valid, [0, t], [batch, 1]), add(arrived, at(t)), alpha);
    }
    const partition = logSumExp(add(alpha, end), 1); // [B]

    const observed = observedCounts(tags, lengths, steps, tagCount);
    const score = add(
      add(sum(mul(emissions, observed.emissions), [1, 2]), weigh(observed.transitions, transitions)),
      add(weigh(observed.start, start), weigh(observed.end, end)),
    ); // [B]
    const present = tensor(
      Array.from(lengths, (length) => length > 0),
      [batch],
      "bool",
    );
    return where(present, sub(score, partition), zerosLike(score)) as Tensor1D;
  });
}

/** The weights where allowed, a very negative number with no gradient elsewhere. */
function restrict(weights: Tensor, allowed: readonly boolean[] | undefined): Tensor {
  if (allowed === undefined) return weights;
  return where(tensor([...allowed], weights.shape, "bool"), weights, scalar(forbidden));
}

/** counts [B, N] · weights [N] -> [B]. */
function weigh(counts: Tensor2D, weights: Tensor): Tensor {
  return squeeze(matMul(counts, reshape(weights, [weights.size, 1])), [1]);
}

function stepMask(lengths: readonly number[], steps: number): Tensor2D {
  const mask = lengths.flatMap((length) => Array.from({ length: steps }, (_, t) => t < length));
  return tensor(mask, [lengths.length, steps], "bool");
}

/** How often each emission, transition, start and end is used by the given paths. */
function observedCounts(
  tags: readonly (readonly number[])[],
  lengths: readonly number[],
  steps: number,
  tagCount: number,
): { emissions: Tensor3D; transitions: Tensor2D; start: Tensor2D; end: Tensor2D } {
  const batch = lengths.length;
  const emissions = new Float32Array(batch * steps * tagCount);
  const transitions = new Float32Array(batch * tagCount * tagCount);
  const start = new Float32Array(batch * tagCount);
  const end = new Float32Array(batch * tagCount);
  for (const [b, length] of lengths.entries()) {
    const row = tags[b] as readonly number[];
    for (let t = 0; t < length; t++) {
      const tag = row[t] as number;
      emissions[(b * steps + t) * tagCount + tag] = 1;
      if (t === 0) start[b * tagCount + tag] = 1;
      if (t === length - 1) end[b * tagCount + tag] = 1;
      if (t > 0) {
        const pair = (b * tagCount + (row[t - 1] as number)) * tagCount + tag;
        transitions[pair] = (transitions[pair] as number) + 1;
      }
    }
  }
  return {
    emissions: tensor(emissions, [batch, steps, tagCount]),
    transitions: tensor(transitions, [batch, tagCount * tagCount]),
    start: tensor(start, [batch, tagCount]),
    end: tensor(end, [batch, tagCount]),
  };
}
