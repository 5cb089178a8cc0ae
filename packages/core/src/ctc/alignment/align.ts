import { DataError } from "@timestep/base";
import { checkFeasible, checkLabels } from "../checks.js";
import { checkEmissions, type CtcEmissions } from "../emissions.js";
import { maySkip, withBlanks } from "../forward-backward.js";

/** Where in time a label, or a word, was said. */
export interface FrameSpan {
  /** The first frame. */
  readonly start: number;
  /** The frame behind the last. */
  readonly end: number;
}

export interface LabelSpan extends FrameSpan {
  readonly label: number;
}

/** The likeliest way to place labels in time. */
export interface CtcAlignment {
  /** One class per frame, [T]. */
  readonly path: number[];
  /** One span per label: the frames that say it, without the blanks around it. */
  readonly spans: LabelSpan[];
  /** ln p of this one path. */
  readonly logProbability: number;
}

/**
 * Forced alignment: the likeliest of all paths that collapse to `labels` (Viterbi through the lattice of CTC).
 *
 * With l' the labels with blanks before, between and behind them, and S = 2L + 1 of these symbols:
 *
 *   δt(s) = ln yt(l's) + max(δt-1(s), δt-1(s-1), [l's is a label other than l's-2]·δt-1(s-2))
 *
 * A model trained with CTC says a label in few frames, so that a span is a place in time more than a duration. Among
 * equally likely paths the one that says each label as early as may be is taken.
 *
 * **Cost.** T·S steps, and as many bytes.
 *
 * @throws {ShapeError} CTC_EMISSIONS.
 * @throws {ConfigError} CTC_BLANK.
 * @throws {DataError} CTC_NOT_FINITE, CTC_NOT_LOG_PROBABILITIES; CTC_LABEL_RANGE when a label is no class, or the blank;
 *   CTC_LABEL_TOO_LONG when there are too few frames; CTC_IMPOSSIBLE when every path has probability 0.
 * @see Graves et al. 2006, doi:10.1145/1143844.1143891, section 4.1, with the maximum in place of the sum.
 *
 * @example
 * ```ts
 * const { spans } = ctcAlign(emissions, [3, 3, 5]);   // [{ label: 3, start: 1, end: 3 }, …]
 * ```
 */
export function ctcAlign(
  emissions: CtcEmissions,
  labels: readonly number[],
  { blank = 0 }: { readonly blank?: number } = {},
): CtcAlignment {
  checkAlignable(emissions, labels, blank);
  const { frames, classes, values } = emissions;
  if (frames === 0) return { path: [], spans: [], logProbability: 0 };
  const symbols = withBlanks(labels, blank);
  const size = symbols.length;
  const steps = new Uint8Array(frames * size); // how many symbols were advanced to arrive
  let scores = new Float64Array(size).fill(-Infinity);
  for (let s = 0; s < Math.min(2, size); s++) scores[s] = values[symbols[s] as number] as number;
  for (let t = 1; t < frames; t++) {
    const before = scores;
    scores = before.map((stay, s) => {
      let best = stay;
      let step = 0;
      const reach = maySkip(symbols, s, blank) ? 2 : Math.min(1, s);
      for (let by = 1; by <= reach; by++) {
        const score = before[s - by] as number;
        if (score <= best) continue;
        best = score;
        step = by;
      }
      steps[t * size + s] = step;
      return best + (values[t * classes + (symbols[s] as number)] as number);
    });
  }
  let at = size > 1 && (scores[size - 2] as number) > (scores[size - 1] as number) ? size - 2 : size - 1;
  const logProbability = scores[at] as number;
  if (logProbability === -Infinity) {
    throw new DataError("CTC_IMPOSSIBLE", `no path through ${frames} frames says the labels.`, {
      hint: "A class that every path needs has probability 0: check the labels, or the mask on the logits.",
    });
  }
  const places = new Int32Array(frames);
  for (let t = frames - 1; t >= 0; t--) {
    places[t] = at;
    at -= steps[t * size + at] as number;
  }
  return {
    path: Array.from(places, (s) => symbols[s] as number),
    spans: spansOf(places, labels),
    logProbability,
  };
}

/** What alignments ask of their input. */
export function checkAlignable(emissions: CtcEmissions, labels: readonly number[], blank: number): void {
  checkEmissions(emissions, blank);
  checkLabels([labels], 1, emissions.classes, blank);
  checkFeasible([labels], [emissions.frames]);
}

/** Label n is symbol 2n + 1 of the lattice. */
function spansOf(places: Int32Array, labels: readonly number[]): LabelSpan[] {
  return labels.map((label, n) => ({
    label,
    start: places.indexOf(2 * n + 1),
    end: places.lastIndexOf(2 * n + 1) + 1,
  }));
}
