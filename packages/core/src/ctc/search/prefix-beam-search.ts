import { ConfigError, ShapeError } from "@timestep/base";
import { checkBlank } from "../checks.js";
import { checkEmissions, type CtcEmissions } from "../emissions.js";
import { logAddTwo } from "../log-space.js";
import { labelsOf, Prefix } from "./prefix.js";
import { noBonus, type PrefixBonus } from "./prefix-bonus.js";

export interface PrefixBeamOptions {
  /** Sequences of labels that are kept after each frame. Default 64. */
  readonly beam?: number;
  /** Hypotheses that come back, at most as many as the beam is wide. Default 1. */
  readonly nBest?: number;
  /** The class that stands for "no label". Default 0. */
  readonly blank?: number;
  /** Worth of sequences beside their frames, from its start: language model, hot words. */
  readonly bonus?: PrefixBonus;
  /** Labels less likely than this in a frame do not begin there, 0…1. Default 0: all may. */
  readonly leastProbability?: number;
  /** Sequences that score this many nats less than the best are dropped. Default Infinity. */
  readonly margin?: number;
}

/** A sequence of labels that the frames may stand for. */
export interface CtcHypothesis {
  readonly labels: number[];
  /** `logProbability` and what the bonus adds, in nats. */
  readonly score: number;
  /** ln p(labels | frames), over the alignments that stayed in the beam. */
  readonly logProbability: number;
}

/** After so many frames, what can no longer be reached is let go. */
const sweepEvery = 64;

/**
 * Prefix beam search frame by frame: frames are pushed as they come, and what they say so far can be asked at any time.
 * However they are cut into pushes, the result is that of {@link prefixBeamSearch} over all of them.
 *
 * Memory grows with the text that was found, not with the frames.
 *
 * @throws {ConfigError} CTC_BEAM when an option is out of range; CTC_BLANK when the blank is none of the classes.
 *
 * @example
 * ```ts
 * const search = new PrefixBeamSearch({ beam: 32 });
 * for await (const chunk of chunks) show(search.push(chunk).present().labels);
 * const [best] = search.results();
 * ```
 */
export class PrefixBeamSearch {
  private readonly beam: number;
  private readonly nBest: number;
  private readonly blank: number;
  private readonly margin: number;
  private readonly leastLog: number;
  private kept: Prefix[];
  private frames = 0;
  private classes: number | undefined;

  constructor(options: PrefixBeamOptions = {}) {
    const { beam = 64, nBest = 1, blank = 0, bonus = noBonus } = options;
    const { leastProbability = 0, margin = Infinity } = options;
    check("beam", beam, "a whole number from 1 on", Number.isInteger(beam) && beam >= 1);
    check(
      "nBest",
      nBest,
      `a whole number from 1 to the beam's ${beam}`,
      Number.isInteger(nBest) && nBest >= 1 && nBest <= beam,
    );
    check(
      "leastProbability",
      leastProbability,
      "from 0 to 1",
      leastProbability >= 0 && leastProbability <= 1,
    );
    check("margin", margin, "a number of at least 0", margin >= 0);
    this.beam = beam;
    this.nBest = nBest;
    this.blank = blank;
    this.margin = margin;
    this.leastLog = Math.log(leastProbability);
    const empty = new Prefix(null, -1, bonus);
    empty.nextBlankMass = 0;
    empty.advance();
    empty.kept = true;
    this.kept = [empty];
  }

  /**
   * Reads more frames.
   *
   * @throws {ShapeError} CTC_EMISSIONS when they have other classes than those before.
   * @throws {DataError} CTC_NOT_FINITE, CTC_NOT_LOG_PROBABILITIES.
   */
  push(emissions: CtcEmissions): this {
    checkEmissions(emissions, this.blank);
    const { values, frames, classes } = emissions;
    this.classes ??= classes;
    if (classes !== this.classes) {
      throw new ShapeError(
        "CTC_EMISSIONS",
        `frames of ${classes} classes came after frames of ${this.classes}.`,
        { hint: "Begin a new search for each model and each sequence." },
      );
    }
    for (let t = 0; t < frames; t++) this.step(values.subarray(t * classes, (t + 1) * classes));
    return this;
  }

  /** The best if the sequence goes on: the beginning of a word counts as that. */
  present(): CtcHypothesis {
    return hypothesis(this.kept[0] as Prefix, false);
  }

  /** The best few if the sequence ends here, better ones first. */
  results(): CtcHypothesis[] {
    return this.kept
      .map((prefix) => hypothesis(prefix, true))
      .sort(byScore)
      .slice(0, this.nBest);
  }

  /** The labels that all kept sequences begin with: no further frame changes them. */
  settled(): number[] {
    const all = this.kept.map(labelsOf);
    const [first = []] = all;
    const differs = first.findIndex((label, n) => all.some((labels) => labels[n] !== label));
    return differs < 0 ? first : first.slice(0, differs);
  }

  private step(frame: Float32Array | Float64Array): void {
    const { kept, blank, leastLog } = this;
    for (const prefix of kept) {
      prefix.nextBlankMass = prefix.mass + (frame[blank] as number);
      const value = prefix.label < 0 ? -Infinity : (frame[prefix.label] as number);
      const begins = prefix.parent?.kept === true && value >= leastLog;
      const arrived = begins ? massBefore(prefix.parent, prefix.label) : -Infinity;
      prefix.nextLabelMass = logAddTwo(prefix.labelMass, arrived) + value;
    }
    const same = kept.map((parent) => ({ score: nextScore(parent), parent, label: -1, mass: 0 }));
    const found = [...same, ...this.extend(frame, same)].sort(byScore).slice(0, this.beam);
    const least = (found[0] as Extension).score - this.margin;
    this.keep(found.filter(({ score }, n) => n === 0 || (score >= least && score > -Infinity)));
    this.frames++;
    if (this.frames % sweepEvery === 0) this.sweep();
  }

  /** The sequences with one label more that are not kept yet and come before the last of `same`, or find room. */
  private extend(frame: Float32Array | Float64Array, same: readonly Extension[]): Extension[] {
    const { kept, blank, leastLog } = this;
    const labels: number[] = [];
    for (let k = 0; k < frame.length; k++) {
      const value = frame[k] as number;
      if (k !== blank && value >= leastLog && value > -Infinity) labels.push(k);
    }
    labels.sort((a, b) => (frame[b] as number) - (frame[a] as number));
    const scores = same.map(({ score }) => score);
    const last = kept.length < this.beam ? -Infinity : Math.min(...scores);
    const least = Math.max(last, Math.max(...scores) - this.margin);
    const found: Extension[] = [];
    for (const parent of kept) {
      const most = parent.mass + parent.bonus.score + parent.bonus.gain;
      for (const label of labels) {
        const value = frame[label] as number;
        if (most + value < least) break; // and so are the labels behind it, which are less likely
        const mass = massBefore(parent, label) + value;
        if (mass === -Infinity || parent.known(label)?.kept === true) continue;
        const score = mass + parent.bonusAfter(label).score;
        if (score >= least && score > -Infinity) found.push({ score, parent, label, mass });
      }
    }
    return found;
  }

  private keep(best: readonly Extension[]): void {
    for (const prefix of this.kept) prefix.kept = false;
    const next = best.map(({ parent, label, mass }) => {
      if (label < 0) return parent;
      const child = parent.child(label);
      child.nextBlankMass = -Infinity;
      child.nextLabelMass = mass;
      return child;
    });
    for (const prefix of next) {
      prefix.kept = true;
      prefix.advance();
    }
    this.kept = next;
  }

  /** Lets go of what neither is kept nor leads to what is. */
  private sweep(): void {
    const alive = new Set<Prefix>();
    for (const prefix of this.kept) {
      for (let node: Prefix | null = prefix; node !== null && !alive.has(node); node = node.parent) {
        alive.add(node);
      }
    }
    for (const prefix of alive) prefix.forget(alive);
  }
}

/**
 * The sequences of labels that the frames most probably stand for, with the probabilities of all their alignments summed.
 *
 * After each frame the best `beam` prefixes are kept by ln p + bonus, where with yt the frame's probabilities
 *
 *   pb(ℓ) = yt(blank)·(pb + pn)(ℓ)       pn(ℓ) = yt(ℓ's last)·(pn(ℓ) + p*(ℓ without its last))
 *   p*(ℓ) = pb(ℓ) before the label that ℓ ends in, else (pb + pn)(ℓ)
 *
 * A bonus is a function of the prefix alone, so it stands beside the sum over alignments instead of in it. A beam as wide
 * as there are prefixes makes the search exact; a beam of 1 is not yet best path decoding, for it sums where that
 * maximises.
 *
 * **Cost.** At most T·beam·C steps; likely labels are tried first, and the rest are passed over once none can enter the beam.
 *
 * @throws {ShapeError} CTC_EMISSIONS.
 * @throws {ConfigError} CTC_BEAM, CTC_BLANK.
 * @throws {DataError} CTC_NOT_FINITE, CTC_NOT_LOG_PROBABILITIES.
 * @see Hannun, Maas, Jurafsky & Ng 2014, arXiv:1408.2873, algorithm 1; Graves & Jaitly 2014.
 *
 * @example
 * ```ts
 * const [best, second] = prefixBeamSearch(emissions, { beam: 64, nBest: 2 });
 * ```
 */
export function prefixBeamSearch(emissions: CtcEmissions, options: PrefixBeamOptions = {}): CtcHypothesis[] {
  checkBlank(options.blank ?? 0, emissions.classes);
  return new PrefixBeamSearch(options).push(emissions).results();
}

/** A prefix after the frame at hand: `parent` itself when `label` is -1, else `parent` with `label` added. */
interface Extension {
  readonly score: number;
  readonly parent: Prefix;
  readonly label: number;
  readonly mass: number;
}

function nextScore({ nextBlankMass, nextLabelMass, bonus }: Prefix): number {
  return logAddTwo(nextBlankMass, nextLabelMass) + bonus.score;
}

/** p* of a prefix before `label`: the same label counts anew only after a blank. */
function massBefore(prefix: Prefix, label: number): number {
  return label === prefix.label ? prefix.blankMass : prefix.mass;
}

function hypothesis(prefix: Prefix, ended: boolean): CtcHypothesis {
  const logProbability = prefix.mass;
  const score = logProbability + (ended ? prefix.bonus.final() : prefix.bonus.score);
  return { labels: labelsOf(prefix), score, logProbability };
}

/** Better first; sorting keeps the order of equals. */
function byScore(a: { readonly score: number }, b: { readonly score: number }): number {
  if (a.score === b.score) return 0;
  return b.score > a.score ? 1 : -1;
}

function check(name: string, value: number, wanted: string, holds: boolean): void {
  if (holds) return;
  throw new ConfigError("CTC_BEAM", `${name} is ${wanted}, got ${value}.`, {
    hint: `Set ${name} to ${wanted}.`,
  });
}
