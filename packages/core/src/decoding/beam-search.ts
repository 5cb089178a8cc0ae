import { ConfigError, ShapeError } from "@timestep/base";
import { Beam, byScore, type TokenCounts } from "./beam.js";
import { Frontier, type Row, type StepScores } from "./frontier.js";
import type { Hypothesis } from "./hypothesis.js";
import { checkAtLeast, checkWhole, type DecodingOptions } from "./options.js";
import { type LengthPenalty, type Penalties, Scorer } from "./penalties.js";
import type { StepModel } from "./step-model.js";

export interface BeamSearchOptions extends DecodingOptions {
  /** W: hypotheses that go on from one step to the next. Default 5. */
  readonly beam?: number;
  /** Hypotheses given per sentence, at most W. Default 1. */
  readonly nBest?: number;
  /** Default none. */
  readonly lengthPenalty?: LengthPenalty;
  /** β of the coverage penalty. Default 0. Needs `sourceLengths` and a model that gives attention. */
  readonly coveragePenalty?: number;
  /**
   * Stops a sentence also when `patience` times W hypotheses have finished. Without it a sentence ends only when nothing
   * can win any more, which under a length penalty and a generous maximum length can be long after the best was found.
   */
  readonly patience?: number;
  /** Beams that W is parted into, for diverse results. Default 1. */
  readonly groups?: number;
  /** λ: what a token loses for each time that an earlier group chose it in the same step. Default 0.5. */
  readonly diversity?: number;
}

/**
 * Beam search over any {@link StepModel}, batched over sentences and beams: each step is one call of the model with the
 * live hypotheses of all sentences, and sentences that are done leave the batch.
 *
 * Each step keeps the W extensions with the most log probability; those that end are finished and ranked by score
 * (`lengthPenalty`, `coveragePenalty`), the others go on. A sentence is done when no open hypothesis can still reach a
 * better score than the `nBest` that are finished, or at its maximum length. A hypothesis of that length may still end,
 * if its end is among the W best extensions; otherwise it is given as unfinished, after the finished ones.
 *
 * Log probabilities are the model's own: tokens that a rule blocks keep their share, and the others are not scaled up.
 *
 * **Groups.** With G groups, each is a beam of W/G, and in each step later groups see the tokens that earlier ones chose
 * at λ less each (Hamming diversity). That moves choices only; scores stay those of the model. The best ⌈nBest/G⌉ of each
 * group are given, repeats left out.
 *
 * **Cost.** Per sentence at most maximumLength + 1 steps of W rows. Reads W candidates per row; all V where `constrain`
 * says that only some tokens may follow.
 *
 * Gives one list per sentence, best first: at least one hypothesis, and fewer than `nBest` only where the beam found no more.
 *
 * @throws {ConfigError} DECODING_OPTION, DECODING_TOKEN when an option is out of range or contradicts another.
 * @throws {ShapeError} DECODING_LOGITS, DECODING_ATTENTION when a step gives something else than was promised.
 * @throws {DataError} DECODING_NOT_FINITE when a step gives NaN or Infinity.
 * @see Sutskever et al. 2014, arXiv:1409.3215; penalties: Wu et al. 2016, arXiv:1609.08144; when a search may stop:
 *   Huang et al. 2017, doi:10.18653/v1/D17-1227; patience: Kasai et al. 2022, arXiv:2204.05424; groups: Vijayakumar
 *   et al. 2016, arXiv:1610.02424.
 *
 * @example
 * ```ts
 * const [best] = await beamSearch(model, state, {
 *   sentences: 1, begin: 1, end: 2, never: [0, 1], maximumLength: 40, beam: 5, lengthPenalty: { kind: "gnmt", alpha: 0.6 },
 * });
 * ```
 */
export async function beamSearch<State>(
  model: StepModel<State>,
  initial: State,
  options: BeamSearchOptions,
): Promise<Hypothesis[][]> {
  const frontier = new Frontier(model, initial, options);
  try {
    const batch = new BeamBatch(frontier, options);
    await batch.run();
    return batch.results();
  } finally {
    frontier.dispose();
  }
}

/** The beams of all sentences, in the order of their rows. */
class BeamBatch<State> {
  private readonly groups: number;
  private readonly nBest: number;
  private readonly width: number;
  private readonly scorer: Scorer;
  /** [sentence][group] */
  private readonly beams: Beam[][];

  constructor(
    private readonly frontier: Frontier<State>,
    private readonly options: BeamSearchOptions,
  ) {
    const { beam = 5, nBest = 1, groups = 1, diversity = 0.5, patience = Infinity, end } = options;
    checkBeams(options);
    const penalties: Penalties = {
      length: options.lengthPenalty ?? { kind: "none" },
      coverage: options.coveragePenalty ?? 0,
    };
    this.scorer = new Scorer(penalties);
    this.groups = groups;
    this.nBest = nBest;
    this.width = beam / groups;
    this.beams = frontier.rows.map(({ sentence, path }) => {
      const limits = frontier.limits[sentence] ?? { minimum: 0, maximum: 0 };
      const settings = {
        end,
        width: this.width,
        keep: Math.ceil(nBest / groups),
        enough: Math.max(patience * this.width, Math.ceil(nBest / groups)),
        limits,
        scorer: this.scorer,
        attention: options.attention ?? false,
        diversity: groups === 1 ? 0 : diversity,
      };
      return Array.from({ length: groups }, () => new Beam(settings, path));
    });
    this.spread();
  }

  async run(): Promise<void> {
    const { onStep } = this.options;
    // Later groups look past the tokens of the earlier ones.
    const candidates = this.groups === 1 ? this.width : this.width * this.groups;
    const needsAttention = (this.options.attention ?? false) || this.scorer.countsCoverage;
    for (let step = 1; this.frontier.rows.length > 0; step++) {
      const scores = await this.frontier.step(candidates, needsAttention);
      if (this.scorer.countsCoverage) checkAttention(scores);
      this.advance(scores);
      const progress = {
        step,
        rows: this.frontier.rows.length,
        done: this.beams.filter((beams) => beams.every(({ open }) => open.length === 0)).length,
        best: (sentence: number) => this.beams[sentence]?.[0]?.best() ?? [],
      };
      if ((await onStep?.(progress)) === false) return;
    }
  }

  results(): Hypothesis[][] {
    return this.beams.map((beams) => {
      const all = beams.flatMap((beam) => beam.results());
      all.sort((a, b) => Number(b.finished) - Number(a.finished) || byScore(a, b));
      return withoutRepeats(all).slice(0, this.nBest);
    });
  }

  /** Gives each group of a sentence a row of its own to start from. */
  private spread(): void {
    if (this.groups === 1) return;
    const parents = this.frontier.rows.flatMap(({ sentence }) => Array<number>(this.groups).fill(sentence));
    const rows = this.frontier.rows.flatMap((row) => Array<Row>(this.groups).fill(row));
    this.frontier.advance(rows, parents);
  }

  private advance(scores: StepScores): void {
    const rows: Row[] = [];
    const parents: number[] = [];
    let firstRow = 0;
    for (const [sentence, beams] of this.beams.entries()) {
      const used: TokenCounts = new Map();
      for (const beam of beams) {
        const width = beam.open.length;
        if (width > 0) parents.push(...beam.step(scores, firstRow, used));
        rows.push(...beam.open.map((path) => ({ sentence, path })));
        firstRow += width;
      }
    }
    this.frontier.advance(rows, parents);
  }
}

function checkBeams(options: BeamSearchOptions): void {
  const { beam = 5, nBest = 1, groups = 1, diversity = 0.5, patience = 1 } = options;
  checkWhole("beam", beam, 1);
  checkWhole("nBest", nBest, 1);
  checkWhole("groups", groups, 1);
  checkAtLeast("diversity", diversity, 0);
  checkAtLeast("patience", patience, 0);
  const refuse = (message: string, hint: string): never => {
    throw new ConfigError("DECODING_OPTION", message, { hint });
  };
  if (nBest > beam) refuse(`nBest is ${nBest} but the beam has ${beam}.`, "Widen the beam to nBest.");
  if (beam % groups !== 0) {
    refuse(`a beam of ${beam} does not part into ${groups} groups.`, "Make beam a multiple of groups.");
  }
  if ((options.coveragePenalty ?? 0) > 0 && options.sourceLengths === undefined) {
    refuse(
      "the coverage penalty sums over source positions, and no sourceLengths say how many there are.",
      "Give sourceLengths, or coveragePenalty: 0.",
    );
  }
}

function checkAttention(scores: StepScores): void {
  if (scores.attention(0) !== undefined) return;
  throw new ShapeError(
    "DECODING_ATTENTION",
    "the coverage penalty needs attention, which the model does not give.",
    { hint: "Set coveragePenalty: 0, or use a model that attends." },
  );
}

function withoutRepeats(hypotheses: readonly Hypothesis[]): Hypothesis[] {
  const seen = new Set<string>();
  return hypotheses.filter(({ tokens, finished }) => {
    const key = `${tokens.join()} ${finished}`;
    return !seen.has(key) && seen.add(key);
  });
}
