import { seeded } from "@timestep/base";
import { everySequence } from "@timestep/testing";
import { tensor2d, type Tensor2D } from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import type { BeamSearchOptions } from "./beam-search.js";
import type { Hypothesis } from "./hypothesis.js";
import type { Step, StepModel } from "./step-model.js";

/** The state of a {@link ToyModel}; the tensor is there to be leaked. */
export interface ToyState {
  readonly sentences: readonly number[];
  readonly histories: readonly (readonly number[])[];
  readonly tensor: Tensor2D;
}

export const begin = 0;
export const end = 1;

/** A model whose scores are drawn anew for each sentence and each history, so that no two paths are alike. */
export class ToyModel implements StepModel<ToyState> {
  /** Rows of each call of `step`. */
  readonly calls: number[] = [];

  constructor(
    readonly seed: number,
    readonly vocabularySize: number,
    private readonly options: { readonly sourceLengths?: readonly number[]; readonly spread?: number } = {},
  ) {}

  start(sentences: number): ToyState {
    const numbers = Array.from({ length: sentences }, (_, sentence) => sentence);
    return this.state(
      numbers,
      numbers.map(() => []),
    );
  }

  step(tokens: Int32Array, state: ToyState): Step<ToyState> {
    if (state.tensor.isDisposed) throw new Error("the state was disposed before its last use");
    this.calls.push(tokens.length);
    const histories = state.histories.map((history, row) => [...history, tokens[row] as number]);
    const rows = histories.map((history, row) => this.logits(state.sentences[row] as number, history));
    const next = this.state(state.sentences, histories);
    const logits = tensor2d(rows.flat(), [rows.length, this.vocabularySize]);
    const { sourceLengths } = this.options;
    if (sourceLengths === undefined) return { logits, state: next };
    const width = Math.max(...sourceLengths);
    const weights = histories.map((history, row) => this.weights(state.sentences[row] as number, history));
    const padded = weights.flatMap((row) => Array.from({ length: width }, (_, s) => row[s] ?? 0));
    return { logits, state: next, attention: tensor2d(padded, [rows.length, width]) };
  }

  select(state: ToyState, rows: Int32Array): ToyState {
    const pick = <T>(list: readonly T[]): T[] => Array.from(rows, (row) => list[row] as T);
    return this.state(pick(state.sentences), pick(state.histories));
  }

  dispose(state: ToyState): void {
    if (state.tensor.isDisposed) throw new Error("a state was disposed twice");
    state.tensor.dispose();
  }

  /** Of the step that is fed the last token of `history`, which starts with the token that begins a sequence. */
  logits(sentence: number, history: readonly number[]): number[] {
    const random = seeded(this.seed).fork(`${sentence}: ${history.join()}`);
    const spread = this.options.spread ?? 1.5;
    return Array.from({ length: this.vocabularySize }, () => Math.fround(spread * random.normal()));
  }

  /** One per source position of the sentence, adding up to 1. */
  weights(sentence: number, history: readonly number[]): number[] {
    const random = seeded(this.seed).fork(`attention ${sentence}: ${history.join()}`);
    const length = this.options.sourceLengths?.[sentence] ?? 0;
    const raw = Array.from({ length }, () => Math.exp(2 * random.normal()));
    return raw.map((value) => Math.fround(value / raw.reduce((a, b) => a + b, 0)));
  }

  logProbabilities(sentence: number, history: readonly number[]): number[] {
    const logits = this.logits(sentence, history);
    const total = Math.log(logits.reduce((sum, value) => sum + Math.exp(value), 0));
    return logits.map((value) => value - total);
  }

  private state(sentences: readonly number[], histories: readonly (readonly number[])[]): ToyState {
    const rows = sentences.length;
    return {
      sentences,
      histories,
      tensor: tensor2d(
        sentences.map((s) => s),
        [rows, 1],
      ),
    };
  }
}

/** The log probability of each token and of the end after them. */
export function tokenScores(model: ToyModel, sentence: number, tokens: readonly number[]): number[] {
  return [...tokens, end].map(
    (token, t) => model.logProbabilities(sentence, [begin, ...tokens.slice(0, t)])[token] as number,
  );
}

/** The score of a finished sequence, from its definition. */
export function scoreOf(
  model: ToyModel,
  sentence: number,
  tokens: readonly number[],
  { lengthPenalty = { kind: "none" }, coveragePenalty = 0, sourceLengths }: Partial<BeamSearchOptions>,
): number {
  const logProbability = tokenScores(model, sentence, tokens).reduce((a, b) => a + b, 0);
  const steps = tokens.length + 1;
  const normalised = {
    none: () => logProbability,
    average: () => logProbability / steps,
    gnmt: () =>
      lengthPenalty.kind === "gnmt"
        ? (logProbability * 6 ** lengthPenalty.alpha) / (5 + steps) ** lengthPenalty.alpha
        : NaN,
    reward: () => (lengthPenalty.kind === "reward" ? logProbability + lengthPenalty.perToken * steps : NaN),
  }[lengthPenalty.kind]();
  if (coveragePenalty === 0) return normalised;
  const rows = [...tokens, end].map((_, t) => model.weights(sentence, [begin, ...tokens.slice(0, t)]));
  const coverage = Array.from({ length: sourceLengths?.[sentence] ?? 0 }, (_, s) =>
    rows.reduce((sum, row) => sum + (row[s] as number), 0),
  );
  return (
    normalised + coveragePenalty * coverage.reduce((sum, value) => sum + Math.log(Math.min(value, 1)), 0)
  );
}

/** Whether a finished sequence keeps the rules, each read off the whole sequence. */
export function keepsRules(sentence: number, tokens: readonly number[], options: BeamSearchOptions): boolean {
  const { never = [], noRepeat = 0, noEndAfter, constrain } = options;
  const limit = (value: BeamSearchOptions["maximumLength"]): number =>
    typeof value === "number" ? value : value(sentence);
  if (tokens.length < limit(options.minimumLength ?? 0) || tokens.length > limit(options.maximumLength))
    return false;
  if (tokens.some((token) => never.includes(token))) return false;
  const runs = tokens
    .map((_, t) => tokens.slice(t, t + noRepeat).join())
    .slice(0, tokens.length - noRepeat + 1);
  if (noRepeat > 0 && new Set(runs).size < runs.length) return false;
  if (tokens.length > 0 && noEndAfter?.(tokens.at(-1) as number) === true) return false;
  return [...tokens, end].every((token, t) => {
    const constraint = constrain?.({ sentence, tokens: tokens.slice(0, t) });
    if (constraint === undefined) return true;
    return "only" in constraint ? constraint.only.includes(token) : !constraint.not.includes(token);
  });
}

/** The best finished sequences of a sentence by trying all of them. */
export function exhaustive(
  model: ToyModel,
  sentence: number,
  options: BeamSearchOptions,
): { tokens: number[]; score: number }[] {
  const maximum = options.maximumLength;
  const longest = typeof maximum === "number" ? maximum : maximum(sentence);
  return Array.from({ length: longest + 1 }, (_, length) => everySequence(model.vocabularySize, length))
    .flat()
    .filter((tokens) => !tokens.includes(end) && keepsRules(sentence, tokens, options))
    .map((tokens) => ({ tokens, score: scoreOf(model, sentence, tokens, options) }))
    .sort((a, b) => b.score - a.score)
    .slice(0, options.nBest ?? 1);
}

/** Fails unless both lists hold the same sequences in the same order, with scores that agree to rounding. */
export function expectSame(found: readonly Ranked[], wanted: readonly Ranked[]): void {
  expect(found.map(({ tokens }) => tokens)).toEqual(wanted.map(({ tokens }) => tokens));
  found.forEach(({ score }, place) => {
    expect(score).toBeCloseTo(wanted[place]?.score ?? NaN, 4);
  });
}

type Ranked = Pick<Hypothesis, "tokens" | "score">;
