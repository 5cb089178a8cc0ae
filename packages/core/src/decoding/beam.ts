import type { StepScores } from "./frontier.js";
import { pathStep } from "./frontier.js";
import type { Hypothesis, Path } from "./hypothesis.js";
import type { Scorer } from "./penalties.js";
import type { LengthLimits } from "./rules.js";

/** What one beam is given once. */
export interface BeamSettings {
  readonly end: number;
  /** W: paths that go on from a step to the next. */
  readonly width: number;
  /** How many finished hypotheses are kept. */
  readonly keep: number;
  /** Finished hypotheses after which the beam stops without proof; Infinity for never. */
  readonly enough: number;
  readonly limits: LengthLimits;
  readonly scorer: Scorer;
  /** Whether hypotheses hand out their rows of attention. */
  readonly attention: boolean;
  /** λ: what each use of a token by an earlier beam of this step costs it here. */
  readonly diversity: number;
}

/** How often each token was chosen by the earlier beams of a sentence in this step. */
export type TokenCounts = Map<number, number>;

interface Extension {
  /** Place among the open paths of the beam. */
  readonly parent: number;
  readonly token: number;
  readonly logProbability: number;
  /** What extensions are ranked by. */
  readonly rank: number;
}

/**
 * One beam of one sentence: at most `width` open paths of equal length, and the best hypotheses that have finished.
 *
 * In each step all permitted extensions of the open paths are ranked by log probability; the best `width` are taken.
 * Those that end become hypotheses, the others are the open paths of the next step. With a width of 1 that is greedy
 * search; with a width that nothing is cut off by, it is exhaustive.
 */
export class Beam {
  open: Path[];
  private readonly finished: Hypothesis[] = [];
  private readonly cutOff: Hypothesis[] = [];
  private finishes = 0;

  constructor(
    private readonly settings: BeamSettings,
    start: Path,
  ) {
    this.open = [start];
  }

  /**
   * Takes one step, in which open path n is row `firstRow + n` of `scores`, and counts its tokens into `used`. Gives,
   * for each path that is open now, the row it continues.
   */
  step(scores: StepScores, firstRow: number, used: TokenCounts): number[] {
    const { end, width, limits, scorer } = this.settings;
    const offered = this.extensions(scores, firstRow, used);
    const taken = offered
      .flat()
      .sort((a, b) => b.rank - a.rank || a.parent - b.parent || a.token - b.token)
      .slice(0, width);
    const ended = new Set(taken.filter(({ token }) => token === end).map(({ parent }) => parent));
    const before = this.open;
    const parents: number[] = [];
    this.open = [];
    for (const { parent, token, logProbability } of taken) {
      used.set(token, (used.get(token) ?? 0) + 1);
      const path = before[parent] as Path;
      if (token !== end && path.length === limits.maximum) continue;
      const step = pathStep(scores, firstRow + parent, token, logProbability);
      const next = path.extended(step, scorer.countsCoverage);
      if (token === end) {
        this.finish(next);
        continue;
      }
      this.open.push(next);
      parents.push(firstRow + parent);
    }
    for (const [parent, path] of before.entries()) {
      const stuck = offered[parent]?.length === 0;
      if (stuck || (path.length === limits.maximum && !ended.has(parent))) this.cut(path);
    }
    if (!this.isProven() && this.finishes < this.settings.enough) return parents;
    this.open = [];
    return [];
  }

  /** The best hypotheses, finished ones first. Ends the beam: what is open is cut off. */
  results(): Hypothesis[] {
    for (const path of this.open.splice(0)) this.cut(path);
    this.cutOff.sort(byScore);
    return [...this.finished, ...this.cutOff].slice(0, this.settings.keep);
  }

  /** The tokens of the best hypothesis so far: of a finished one where there is one. */
  best(): readonly number[] {
    return this.finished[0]?.tokens ?? this.open[0]?.tokens() ?? this.cutOff[0]?.tokens ?? [];
  }

  private extensions(scores: StepScores, firstRow: number, used: TokenCounts): Extension[][] {
    const { width, diversity } = this.settings;
    // A token that costs something may fall behind others, so that many more are looked at.
    const count = width + (diversity > 0 ? used.size : 0);
    return this.open.map((path, parent) => {
      const { tokens, logProbabilities } = scores.candidates(firstRow + parent, count);
      return tokens.map((token, n) => {
        const logProbability = logProbabilities[n] as number;
        const cost = diversity === 0 ? 0 : diversity * (used.get(token) ?? 0);
        return { parent, token, logProbability, rank: path.logProbability + logProbability - cost };
      });
    });
  }

  private finish(path: Path): void {
    this.finishes++;
    this.finished.push(this.hypothesis(path, true));
    this.finished.sort(byScore);
    this.finished.splice(this.settings.keep);
  }

  private cut(path: Path): void {
    this.cutOff.push(this.hypothesis(path, false));
  }

  private hypothesis(path: Path, finished: boolean): Hypothesis {
    const score = this.settings.scorer.score(path.logProbability, path.length, path.coverage);
    return path.hypothesis({ score, finished, attention: this.settings.attention });
  }

  /** Whether no open path can still come before the last of the hypotheses that are kept. */
  private isProven(): boolean {
    const { keep, limits, scorer } = this.settings;
    const last = this.finished[keep - 1];
    if (last === undefined) return false;
    return this.open.every((path) => scorer.bound(path.logProbability, path.length, limits) <= last.score);
  }
}

/** Better first; sorting keeps the order of equals, the one found earlier first. */
export function byScore(a: Hypothesis, b: Hypothesis): number {
  return b.score - a.score;
}
