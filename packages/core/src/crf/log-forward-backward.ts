import { type Chain, type EmissionRow } from "./chain.js";

/** What forward-backward finds out about one row. */
export interface Posteriors {
  /** ln Σ exp(score) over all allowed paths; -Infinity when there is none. */
  readonly logPartition: number;
  /** [L·K]: probability of each tag at each step. */
  readonly tags: Float64Array;
  /** [K·K]: expected number of times each transition is taken. */
  readonly pairs: Float64Array;
}

/**
 * Forward-backward in log space: never underflows, at the price of an exponential per transition and step. It is the
 * version to read, and the way out when the scaled one loses precision.
 *
 *   α1[j] = start[j] + e1[j]        αt[j] = et[j] + ln Σi exp(α(t-1)[i] + A[i, j])
 *   βL[i] = end[i]                  βt[i] = ln Σj exp(A[i, j] + e(t+1)[j] + β(t+1)[j])
 *   ln Z = ln Σk exp(αL[k] + end[k])    P(yt = k) = exp(αt[k] + βt[k] - ln Z)
 *
 * NaN anywhere in the row gives NaN. An empty row has ln Z = 0.
 *
 * @see Rabiner 1989, doi:10.1109/5.18626; Lafferty, McCallum & Pereira 2001.
 */
export function logForwardBackward(chain: Chain, row: EmissionRow): Posteriors {
  const { tagCount, transitions, end } = chain;
  const { values, offset, length } = row;
  const tags = new Float64Array(length * tagCount);
  const pairs = new Float64Array(tagCount * tagCount);
  if (length === 0) return { logPartition: 0, tags, pairs };
  const emission = (t: number, k: number): number => values[offset + t * tagCount + k] as number;
  const alpha = logForward(chain, row);
  const terms = new Float64Array(tagCount);
  const last = (length - 1) * tagCount;
  for (let k = 0; k < tagCount; k++) terms[k] = (alpha[last + k] as number) + (end[k] as number);
  const logPartition = logSumExp(terms);
  if (logPartition === -Infinity) return { logPartition, tags, pairs };

  let beta = Float64Array.from(end);
  for (let t = length - 1; t >= 0; t--) {
    const at = t * tagCount;
    for (let k = 0; k < tagCount; k++) {
      tags[at + k] = Math.exp((alpha[at + k] as number) + (beta[k] as number) - logPartition);
    }
    if (t === 0) break;
    const earlier = new Float64Array(tagCount);
    for (let i = 0; i < tagCount; i++) {
      const before = (alpha[at - tagCount + i] as number) - logPartition;
      for (let j = 0; j < tagCount; j++) {
        const step = (transitions[i * tagCount + j] as number) + emission(t, j) + (beta[j] as number);
        terms[j] = step;
        pairs[i * tagCount + j] = (pairs[i * tagCount + j] as number) + Math.exp(before + step);
      }
      earlier[i] = logSumExp(terms);
    }
    beta = earlier;
  }
  return { logPartition, tags, pairs };
}

/** ln Z alone: half the work. */
export function logPartition(chain: Chain, row: EmissionRow): number {
  if (row.length === 0) return 0;
  const alpha = logForward(chain, row);
  const last = (row.length - 1) * chain.tagCount;
  return logSumExp(chain.end.map((end, k) => end + (alpha[last + k] as number)));
}

function logForward(chain: Chain, row: EmissionRow): Float64Array {
  const { tagCount, transitions, start } = chain;
  const { values, offset, length } = row;
  const alpha = new Float64Array(length * tagCount);
  const terms = new Float64Array(tagCount);
  for (let t = 0; t < length; t++) {
    const at = t * tagCount;
    for (let j = 0; j < tagCount; j++) {
      let arrived = start[j] as number;
      if (t > 0) {
        for (let i = 0; i < tagCount; i++) {
          terms[i] = (alpha[at - tagCount + i] as number) + (transitions[i * tagCount + j] as number);
        }
        arrived = logSumExp(terms);
      }
      alpha[at + j] = arrived + (values[offset + at + j] as number);
    }
  }
  return alpha;
}

/** ln Σ exp(term), safe from overflow; NaN when a term is NaN, -Infinity when all are. */
export function logSumExp(terms: Float64Array): number {
  let most = -Infinity;
  for (const term of terms) most = Math.max(most, term); // Math.max hands NaN on
  if (!Number.isFinite(most)) return most;
  let total = 0;
  for (const term of terms) total += Math.exp(term - most);
  return most + Math.log(total);
}
