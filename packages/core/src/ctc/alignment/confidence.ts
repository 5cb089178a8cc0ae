import { ConfigError } from "@timestep/base";
import { checkLabels } from "../checks.js";
import { checkEmissions, type CtcEmissions } from "../emissions.js";
import { ctcForwardBackward, forward, maySkip, withBlanks } from "../forward-backward.js";
import { logAdd } from "../log-space.js";
import { checkAlignable } from "./align.js";

/** A run of labels: those from place `from` up to, not including, place `to`. */
export interface LabelRange {
  readonly from: number;
  readonly to: number;
}

/**
 * ln p(labels | frames) over all alignments; -Infinity where there is none.
 *
 * @throws as {@link ctcConfidences}, but for infeasible labels.
 */
export function ctcLogProbability(
  emissions: CtcEmissions,
  labels: readonly number[],
  { blank = 0 }: { readonly blank?: number } = {},
): number {
  const { values, frames, classes } = emissions;
  checkEmissions(emissions, blank);
  checkLabels([labels], 1, classes, blank);
  return -ctcForwardBackward({ logits: values, offset: 0, length: frames, labels }, classes, blank, null) + 0;
}

/**
 * How sure the model is of parts of a text, 0…1: of all it might say between what stands before the part and what stands
 * behind it, the share that says just this,
 *
 *   confidence = p(before · part · behind) / Σ{x: any labels, or none} p(before · x · behind)
 *
 * This is the model's own posterior probability of the part, given the rest of the text; it is as well calibrated as the
 * model's probabilities are, and no better. For the whole text it is p(labels | frames).
 *
 * The sum is exact. A path that begins with `before` and ends with `behind` enters the last label of `before` for the
 * first time in some frame t, with mass A(t), and begins the first label l of `behind` in some later frame u, with mass
 * B(u), both from the forward and backward variables of the text. The frames between are free, so that they have mass 1,
 * except that the frame before u says no l:
 *
 *   Σ = Σu B(u)·(A(u-1)·[l is not the last of before] + (1 - y(u-1)(l))·Σ{t < u-1} A(t))
 *
 * **Cost.** T·L for all parts together and T more for each part.
 *
 * @throws {ShapeError} CTC_EMISSIONS.
 * @throws {ConfigError} CTC_BLANK; CTC_RANGE when a part is not within the labels.
 * @throws {DataError} CTC_NOT_FINITE, CTC_NOT_LOG_PROBABILITIES, CTC_LABEL_RANGE, CTC_LABEL_TOO_LONG.
 */
export function ctcConfidences(
  emissions: CtcEmissions,
  labels: readonly number[],
  parts: readonly LabelRange[],
  { blank = 0 }: { readonly blank?: number } = {},
): number[] {
  checkAlignable(emissions, labels, blank);
  for (const { from, to } of parts) {
    if (Number.isInteger(from) && Number.isInteger(to) && from >= 0 && from <= to && to <= labels.length) {
      continue;
    }
    throw new ConfigError("CTC_RANGE", `labels ${from} to ${to} are not among the ${labels.length} given.`, {
      hint: "A part is from its first label's place up to the place behind its last.",
    });
  }
  if (emissions.frames === 0) return parts.map(() => 1);
  const masses = new Masses(emissions, labels, blank);
  const whole = masses.whole();
  return parts.map(({ from, to }) =>
    whole === -Infinity ? 0 : Math.exp(Math.min(0, whole - masses.around(from, to))),
  );
}

/** Forward and backward variables of one text, and the sums over what may stand between two places of it. */
class Masses {
  private readonly values: Float32Array | Float64Array;
  private readonly frames: number;
  private readonly classes: number;
  private readonly symbols: Int32Array;
  private readonly alpha: Float64Array; // [T, S]
  private readonly beta: Float64Array; // [T, S]

  constructor(
    { values, frames, classes }: CtcEmissions,
    private readonly labels: readonly number[],
    private readonly blank: number,
  ) {
    this.values = values;
    this.frames = frames;
    this.classes = classes;
    this.symbols = withBlanks(labels, blank);
    this.alpha = forward(values, this.symbols, { length: frames, classes, blank });
    this.beta = this.backward();
  }

  whole(): number {
    const size = this.symbols.length;
    const last = this.frames * size - 1;
    return logAdd(this.alpha[last] as number, size > 1 ? (this.alpha[last - 1] as number) : -Infinity);
  }

  /** ln of the sum over all labels that may stand in place of those from `from` up to `to`. */
  around(from: number, to: number): number {
    const { frames, labels } = this;
    const next = labels[to]; // the first label behind
    let [entered, earlier] = [from === 0 ? 0 : -Infinity, -Infinity]; // A(u-1), and Σ{t < u-1} A(t)
    let total = -Infinity;
    for (let u = 0; u < frames; u++) {
      if (next !== undefined) {
        const adjacent = next === labels[from - 1] ? -Infinity : entered;
        const apart = u === 0 ? -Infinity : Math.log1p(-Math.exp(this.log(u - 1, next))) + earlier;
        total = logAdd(
          total,
          this.log(u, next) + (this.beta[this.at(u, to)] as number) + logAdd(adjacent, apart),
        );
      }
      earlier = logAdd(earlier, entered);
      entered = from === 0 ? -Infinity : this.enters(from - 1, u);
    }
    return next === undefined ? logAdd(earlier, entered) : total;
  }

  /** ln of the mass of paths that say label `n` for the first time in frame `t`, and all before it until then. */
  private enters(n: number, t: number): number {
    const own = this.log(t, this.labels[n] as number);
    if (t === 0) return n === 0 ? own : -Infinity;
    const from = this.at(t - 1, n);
    const skipped = maySkip(this.symbols, 2 * n + 1, this.blank) ? this.alpha[from - 2] : -Infinity;
    return own + logAdd(this.alpha[from - 1] as number, skipped as number);
  }

  /** Where label `n` stands in the variables of frame `t`. */
  private at(t: number, n: number): number {
    return t * this.symbols.length + 2 * n + 1;
  }

  private log(t: number, label: number): number {
    return this.values[t * this.classes + label] as number;
  }

  /** ln βt(s), [T, S], without the factor of frame t. */
  private backward(): Float64Array {
    const { frames, symbols, blank } = this;
    const size = symbols.length;
    const beta = new Float64Array(frames * size).fill(-Infinity);
    beta.fill(0, Math.max((frames - 1) * size, frames * size - 2));
    for (let t = frames - 2; t >= 0; t--) {
      const factored = (s: number): number =>
        s >= size ? -Infinity : (beta[(t + 1) * size + s] as number) + this.log(t + 1, symbols[s] as number);
      for (let s = 0; s < size; s++) {
        const skipped = maySkip(symbols, s + 2, blank) ? factored(s + 2) : -Infinity;
        beta[t * size + s] = logAdd(factored(s), factored(s + 1), skipped);
      }
    }
    return beta;
  }
}
