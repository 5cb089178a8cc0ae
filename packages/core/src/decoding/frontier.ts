import { type Tensor2D } from "@tensorflow/tfjs-core";
import type { TopLogProbabilities } from "../layers/top-log-probabilities.js";
import { HeldState } from "./held-state.js";
import { Path, type PathStep } from "./hypothesis.js";
import type { DecodingOptions } from "./options.js";
import { checkLogits, readAll, readTop } from "./read-scores.js";
import { type Permission, Rules } from "./rules.js";
import type { StepModel } from "./step-model.js";

/** A live hypothesis and the sentence it belongs to. */
export interface Row {
  readonly sentence: number;
  readonly path: Path;
}

/** Permitted next tokens of a row with their log probabilities, side by side. */
export interface Candidates {
  readonly tokens: readonly number[];
  readonly logProbabilities: readonly number[];
}

/** What the rows of a step may go on with. */
export interface StepScores {
  /**
   * The permitted tokens of a row that are possible at all: the likeliest `count`, best first, or with Infinity all in
   * the order of their ids.
   */
  candidates(row: number, count: number): Candidates;
  /** [S] */
  attention(row: number): Float32Array | undefined;
}

/**
 * The live hypotheses of all sentences, with the model's state of which each is one row: every search is a loop of
 * `step`, a choice, and `advance`. Owns the states it makes; whoever made it disposes it.
 */
export class Frontier<State> {
  rows: readonly Row[];
  private readonly rules: Rules;
  private readonly held: HeldState<State>;

  constructor(
    private readonly model: StepModel<State>,
    initial: State,
    private readonly options: DecodingOptions,
  ) {
    this.rules = new Rules(options, model.vocabularySize);
    this.held = new HeldState(model, initial);
    this.rows = Array.from({ length: options.sentences }, (_, sentence) => ({
      sentence,
      path: Path.start(options.begin),
    }));
  }

  get limits(): Rules["limits"] {
    return this.rules.limits;
  }

  /** Runs the model over all rows. Up to `width` candidates a row may be asked for; Infinity for all. */
  async step(width: number, needsAttention: boolean): Promise<StepScores> {
    const { model, rows } = this;
    const tokens = Int32Array.from(rows, (row) => row.path.token);
    const permissions = rows.map((row) => this.rules.next(row.sentence, row.path));
    const { logits, state, attention } = model.step(tokens, this.held.current);
    this.held.replace(state);
    try {
      checkLogits(logits, rows.length, model.vocabularySize);
      const candidates = await readCandidates(logits, permissions, width);
      const weights = needsAttention && attention !== undefined ? await readRows(attention) : undefined;
      return { candidates, attention: (row) => this.cut(weights?.(row), row) };
    } finally {
      logits.dispose();
      attention?.dispose();
    }
  }

  /** Goes on with `rows`, each of which continues row `parents[i]` of the last step. */
  advance(rows: readonly Row[], parents: readonly number[]): void {
    this.held.select(parents, this.rows.length);
    this.rows = rows;
  }

  dispose(): void {
    this.held.dispose();
  }

  private cut(weights: Float32Array | undefined, row: number): Float32Array | undefined {
    const length = this.options.sourceLengths?.[(this.rows[row] as Row).sentence];
    return weights?.slice(0, length);
  }
}

/** The step of a path that takes `token` in a row of `scores`. */
export function pathStep(scores: StepScores, row: number, token: number, logProbability: number): PathStep {
  return { token, logProbability, attention: scores.attention(row) };
}

async function readCandidates(
  logits: Tensor2D,
  permissions: readonly Permission[],
  width: number,
): Promise<StepScores["candidates"]> {
  const vocabularySize = logits.shape[1];
  // Where only some tokens are permitted, they may be the unlikeliest of all.
  if (width < vocabularySize && permissions.every(({ only }) => only === undefined)) {
    const blocked = permissions.map((permission) => permission.blocked);
    const top = await readTop(logits, width, blocked);
    return (row, count) => likeliest(top, row * width, Math.min(count, width));
  }
  const all = await readAll(logits);
  return (row, count) => {
    const values = all.subarray(row * vocabularySize, (row + 1) * vocabularySize);
    return amongAll(values, permissions[row] as Permission, count);
  };
}

function likeliest({ values, ids }: TopLogProbabilities, start: number, count: number): Candidates {
  const found = values.subarray(start, start + count);
  const none = found.indexOf(-Infinity);
  const end = start + (none < 0 ? count : none);
  return { tokens: [...ids.subarray(start, end)], logProbabilities: [...values.subarray(start, end)] };
}

function amongAll(row: Float32Array, { blocked, only }: Permission, count: number): Candidates {
  const values = row.slice();
  for (const token of blocked) values[token] = -Infinity;
  let tokens: number[] = [];
  const consider = (token: number): void => {
    if (values[token] !== -Infinity) tokens.push(token);
  };
  if (only === undefined) for (let token = 0; token < values.length; token++) consider(token);
  else [...only].sort((a, b) => a - b).forEach(consider);
  if (count !== Infinity) {
    tokens = tokens.sort((a, b) => (values[b] as number) - (values[a] as number) || a - b).slice(0, count);
  }
  return { tokens, logProbabilities: tokens.map((token) => values[token] as number) };
}

/** The rows of a matrix, read at once. */
export async function readRows(tensor: Tensor2D): Promise<(row: number) => Float32Array> {
  const width = tensor.shape[1];
  const values = await tensor.data<"float32">();
  return (row) => values.subarray(row * width, (row + 1) * width);
}
