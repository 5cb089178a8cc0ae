import { logAdd, logSoftmax } from "./log-space.js";

/** The frames of one row inside [B, T, C] logits, and its labels. */
export interface CtcRow {
  readonly logits: ArrayLike<number>;
  /** Where the row's first frame begins. */
  readonly offset: number;
  readonly length: number;
  readonly labels: readonly number[];
}

/**
 * -ln p(labels | logits) of one row by the forward-backward algorithm of CTC, in log space and float64.
 *
 * With y = softmax(logits) and l' the L labels with a blank before, between and behind them (S = 2L + 1 symbols):
 *
 *   α1(1) = y1(l'1)   α1(2) = y1(l'2)   αt(s) = yt(l's)·(α(t-1)(s) + α(t-1)(s-1) + [skip s]·α(t-1)(s-2))   (eqs. 5-7)
 *   βT(S) = βT(S-1) = 1    βt(s) = β'(t+1)(s) + β'(t+1)(s+1) + [skip s+2]·β'(t+1)(s+2),   β'(t) = yt(l's)·βt(s)   (9-11)
 *   p = αT(S) + αT(S-1)    ∂ -ln p / ∂ logit t,k = yt(k) - Σ{s: l's = k} αt(s)·βt(s) / p                       (8, 16)
 *
 * where s may be skipped to from s-2 when l's is neither the blank nor l'(s-2). β leaves out the factor of its own
 * frame, which the paper's has twice in αβ and divides out again.
 *
 * A row without frames has loss 0 when it has no labels. Where no alignment is possible the loss is Infinity and the
 * gradient zeros. A frame with NaN or Infinity, or in which every class is impossible, makes both NaN.
 *
 * @param gradient where to put the gradient [T, C] of the row, from `row.offset` on; null to leave it out.
 * @see Graves, Fernández, Gomez & Schmidhuber 2006, doi:10.1145/1143844.1143891.
 */
export function ctcForwardBackward(
  row: CtcRow,
  classes: number,
  blank: number,
  gradient: Float32Array | null,
): number {
  const { length, offset, labels } = row;
  if (length === 0) return labels.length === 0 ? 0 : Infinity;
  const logs = logSoftmax(row.logits, { offset, frames: length, classes }); // [T, C]
  if (logs === null) {
    gradient?.fill(NaN, offset, offset + length * classes);
    return NaN;
  }
  const symbols = withBlanks(labels, blank);
  const size = symbols.length;
  const alpha = forward(logs, symbols, { length, classes, blank }); // [T, S]
  const last = (length - 1) * size;
  const ends = [alpha[last + size - 1] as number, size > 1 ? (alpha[last + size - 2] as number) : -Infinity];
  const logProbability = logAdd(ends[0] as number, ends[1] as number, -Infinity);
  if (logProbability === -Infinity) return Infinity;
  if (gradient !== null) {
    const expected = posteriors(logs, symbols, alpha, logProbability, { length, classes, blank });
    for (let n = 0; n < expected.length; n++) {
      gradient[offset + n] = Math.exp(logs[n] as number) - (expected[n] as number);
    }
  }
  return -logProbability + 0; // never -0
}

/** l': the labels with a blank before, between and behind them, [S = 2L + 1]. */
export function withBlanks(labels: readonly number[], blank: number): Int32Array {
  return Int32Array.from({ length: 2 * labels.length + 1 }, (_, s) =>
    s % 2 === 0 ? blank : (labels[(s - 1) / 2] as number),
  );
}

interface Sizes {
  readonly length: number;
  readonly classes: number;
  readonly blank: number;
}

/** Whether symbol `s` may directly follow symbol `s - 2`. */
export function maySkip(symbols: Int32Array, s: number, blank: number): boolean {
  return s > 1 && s < symbols.length && symbols[s] !== blank && symbols[s] !== symbols[s - 2];
}

/** ln αt(s), [T, S]. */
export function forward(
  logs: Float32Array | Float64Array,
  symbols: Int32Array,
  { length, classes, blank }: Sizes,
): Float64Array {
  const size = symbols.length;
  const alpha = new Float64Array(length * size).fill(-Infinity);
  for (let s = 0; s < Math.min(2, size); s++) alpha[s] = logs[symbols[s] as number] as number;
  for (let t = 1; t < length; t++) {
    const before = (t - 1) * size;
    for (let s = 0; s < size; s++) {
      const arrived = logAdd(
        alpha[before + s] as number,
        s > 0 ? (alpha[before + s - 1] as number) : -Infinity,
        maySkip(symbols, s, blank) ? (alpha[before + s - 2] as number) : -Infinity,
      );
      alpha[t * size + s] = arrived + (logs[t * classes + (symbols[s] as number)] as number);
    }
  }
  return alpha;
}

/** Σ{s: l's = k} αt(s)·βt(s) / p, [T, C]: how probable class k is in frame t when the labels are known. */
function posteriors(
  logs: Float64Array,
  symbols: Int32Array,
  alpha: Float64Array,
  logProbability: number,
  { length, classes, blank }: Sizes,
): Float64Array {
  const size = symbols.length;
  const expected = new Float64Array(length * classes);
  let beta = new Float64Array(size).fill(-Infinity);
  beta.fill(0, Math.max(0, size - 2));
  for (let t = length - 1; ; t--) {
    for (let s = 0; s < size; s++) {
      const at = t * classes + (symbols[s] as number);
      const share = Math.exp((alpha[t * size + s] as number) + (beta[s] as number) - logProbability);
      expected[at] = (expected[at] as number) + share;
    }
    if (t === 0) return expected;
    const factored = beta.map((value, s) => value + (logs[t * classes + (symbols[s] as number)] as number));
    beta = beta.map((_, s) =>
      logAdd(
        factored[s] as number,
        s + 1 < size ? (factored[s + 1] as number) : -Infinity,
        maySkip(symbols, s + 2, blank) ? (factored[s + 2] as number) : -Infinity,
      ),
    );
  }
}
