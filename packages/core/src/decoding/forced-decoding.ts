import { type Tensor2D } from "@tensorflow/tfjs-core";
import { readRows } from "./frontier.js";
import { HeldState } from "./held-state.js";
import { type Hypothesis, Path } from "./hypothesis.js";
import { checkSourceLengths, checkToken } from "./options.js";
import { checkLogits, readChosen } from "./read-scores.js";
import type { StepModel } from "./step-model.js";

export interface ForcedDecodingOptions {
  /** One sequence per sentence, without begin and end. */
  readonly targets: readonly (readonly number[])[];
  /** The token fed to the first step. */
  readonly begin: number;
  /** The token that ends a sequence. */
  readonly end: number;
  /** Whether the end is scored too. Default true; without it a target may be the start of something longer. */
  readonly scoreEnd?: boolean;
  /** [B]: source positions of each sentence. Rows of attention are cut to it. */
  readonly sourceLengths?: readonly number[];
  /** Keeps the rows of attention. Default false. */
  readonly attention?: boolean;
}

/** A target as the model sees it. */
export interface ScoredTarget extends Hypothesis {
  /** exp(-logProbability / steps), the end counted where it is scored; 1 where nothing is. */
  readonly perplexity: number;
}

/**
 * How likely the model finds given sequences: feeds each target token by token and reads what it gave the next.
 * One result per sentence; `score` is the log probability, and `finished` says whether the end was scored.
 *
 * A target's steps are as in a search, so a hypothesis scored again gives its own log probability. Targets that are
 * done leave the batch.
 *
 * @throws {ConfigError} DECODING_OPTION, DECODING_TOKEN when an option or a target is out of range.
 * @throws {ShapeError} DECODING_LOGITS when a step gives something else than rows of V.
 * @throws {DataError} DECODING_NOT_FINITE when a step gives NaN or Infinity.
 *
 * @example
 * ```ts
 * const [scored] = await forcedDecoding(model, state, { targets: [[5, 9, 4]], begin: 1, end: 2 });
 * ```
 */
export async function forcedDecoding<State>(
  model: StepModel<State>,
  initial: State,
  options: ForcedDecodingOptions,
): Promise<ScoredTarget[]> {
  checkTargets(options, model.vocabularySize);
  const { targets, begin, end, scoreEnd = true, sourceLengths, attention = false } = options;
  const fed = targets.map((tokens) => (scoreEnd ? [...tokens, end] : tokens));
  const paths = targets.map(() => Path.start(begin));
  const held = new HeldState(model, initial);
  let live = [...targets.keys()];
  try {
    for (let t = 0; ; t++) {
      const going = live.filter((sentence) => t < (fed[sentence] as readonly number[]).length);
      if (going.length === 0) break;
      held.select(
        going.map((sentence) => live.indexOf(sentence)),
        live.length,
      );
      live = going;
      const last = Int32Array.from(live, (sentence) => (paths[sentence] as Path).token);
      const next = Int32Array.from(live, (sentence) => fed[sentence]?.[t] as number);
      const step = model.step(last, held.current);
      held.replace(step.state);
      const read = await readStep(step, next, model.vocabularySize, attention);
      for (const [row, sentence] of live.entries()) {
        const pathStep = {
          token: next[row] as number,
          logProbability: read.logProbabilities[row] as number,
          attention: read.attention?.(row).slice(0, sourceLengths?.[sentence]),
        };
        paths[sentence] = (paths[sentence] as Path).extended(pathStep, false);
      }
    }
  } finally {
    held.dispose();
  }
  return paths.map((path) => ({
    ...path.hypothesis({ score: path.logProbability, finished: scoreEnd, attention }),
    perplexity: Math.exp(-path.logProbability / Math.max(path.length, 1)),
  }));
}

interface ReadStep {
  readonly logProbabilities: Float32Array;
  readonly attention: ((row: number) => Float32Array) | undefined;
}

async function readStep(
  { logits, attention }: { readonly logits: Tensor2D; readonly attention?: Tensor2D },
  next: Int32Array,
  vocabularySize: number,
  needsAttention: boolean,
): Promise<ReadStep> {
  try {
    checkLogits(logits, next.length, vocabularySize);
    const logProbabilities = await readChosen(logits, next);
    const rows = needsAttention && attention !== undefined ? await readRows(attention) : undefined;
    return { logProbabilities, attention: rows };
  } finally {
    logits.dispose();
    attention?.dispose();
  }
}

function checkTargets(options: ForcedDecodingOptions, vocabularySize: number): void {
  const { targets, begin, end, sourceLengths } = options;
  checkToken("begin", begin, vocabularySize);
  checkToken("end", end, vocabularySize);
  for (const [sentence, tokens] of targets.entries()) {
    for (const token of tokens) checkToken(`a token of targets[${sentence}]`, token, vocabularySize);
  }
  checkSourceLengths(targets.length, sourceLengths);
}
