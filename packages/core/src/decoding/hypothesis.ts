/** A sequence that a search found, or one that it was given to score. */
export interface Hypothesis {
  /** Without the tokens that begin and end a sequence. */
  readonly tokens: readonly number[];
  /** What hypotheses are ranked by: the log probability under the penalties of the search. */
  readonly score: number;
  /** The sum of `tokenLogProbabilities`, in nats. */
  readonly logProbability: number;
  /** One natural logarithm per token, and one more for the end of a finished hypothesis. */
  readonly tokenLogProbabilities: readonly number[];
  /** One row [S] per token, where attention was asked for and the model gives it. */
  readonly attention: readonly Float32Array[] | undefined;
  /** Whether the model ended the sequence; false where the search cut it off. */
  readonly finished: boolean;
}

/** One token of a path, with what the step that chose it gave. */
export interface PathStep {
  readonly token: number;
  readonly logProbability: number;
  /** [S]; kept only when the search needs it. */
  readonly attention: Float32Array | undefined;
}

/**
 * An unfinished sequence, as a chain back to its beginning, so that hypotheses with a common start share it.
 *
 * `coverage` is the sum of the attention rows so far, [S], where a search counts it.
 */
export class Path {
  /** Tokens after the one that begins a sequence. */
  readonly length: number;
  /** Sum over the tokens. */
  readonly logProbability: number;

  private constructor(
    private readonly parent: Path | undefined,
    private readonly last: PathStep,
    readonly coverage: Float32Array | undefined,
  ) {
    this.length = parent === undefined ? 0 : parent.length + 1;
    this.logProbability = (parent?.logProbability ?? 0) + last.logProbability;
  }

  /** The empty path, whose next step is fed the token `begin`. */
  static start(begin: number): Path {
    return new Path(undefined, { token: begin, logProbability: 0, attention: undefined }, undefined);
  }

  /** The token to feed next. */
  get token(): number {
    return this.last.token;
  }

  /** This path with one more step; `countCoverage` adds its attention to the sum. */
  extended(step: PathStep, countCoverage: boolean): Path {
    return new Path(this, step, countCoverage ? added(this.coverage, step.attention) : undefined);
  }

  tokens(): number[] {
    return this.steps().map((step) => step.token);
  }

  /** From the first token to the last. */
  steps(): PathStep[] {
    return Path.stepsTo(this);
  }

  private static stepsTo(end: Path): PathStep[] {
    const steps = new Array<PathStep>(end.length);
    for (let path = end; path.parent !== undefined; path = path.parent) steps[path.length - 1] = path.last;
    return steps;
  }

  /** The hypothesis that this path is; the last step of a finished one is its end. */
  hypothesis({ score, finished, attention }: HypothesisFacts): Hypothesis {
    const steps = this.steps();
    const shown = finished ? steps.slice(0, -1) : steps;
    const rows = shown.flatMap((step) => (step.attention === undefined ? [] : [step.attention]));
    return {
      tokens: shown.map((step) => step.token),
      score,
      logProbability: this.logProbability,
      tokenLogProbabilities: steps.map((step) => step.logProbability),
      attention: attention && rows.length === shown.length ? rows : undefined,
      finished,
    };
  }
}

interface HypothesisFacts {
  readonly score: number;
  readonly finished: boolean;
  /** Whether the rows of attention are handed out. */
  readonly attention: boolean;
}

function added(sum: Float32Array | undefined, row: Float32Array | undefined): Float32Array | undefined {
  if (row === undefined) return sum;
  return sum === undefined ? row : row.map((value, s) => value + (sum[s] as number));
}
