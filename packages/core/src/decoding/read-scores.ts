import { DataError, ShapeError } from "@timestep/base";
import {
  gather,
  logSoftmax,
  logSumExp,
  reshape,
  sub,
  tensor,
  type Tensor2D,
  tidy,
} from "@tensorflow/tfjs-core";
import { type TopLogProbabilities, topLogProbabilitiesAsync } from "../layers/top-log-probabilities.js";

/**
 * The `count` likeliest tokens of each row of `logits` [R, V] that are not among its `blocked` ones.
 *
 * @throws {DataError} DECODING_NOT_FINITE when a row holds NaN or Infinity, or no token of it is possible.
 */
export async function readTop(
  logits: Tensor2D,
  count: number,
  blocked: readonly ReadonlySet<number>[],
): Promise<TopLogProbabilities> {
  try {
    return await topLogProbabilitiesAsync(logits, count, { suppressInRow: blocked.map((ids) => [...ids]) });
  } catch (error) {
    if (error instanceof ShapeError && error.code === "TOP_LOGITS") throw notFinite(error);
    throw error;
  }
}

/**
 * The log probabilities of all tokens, [R, V] row by row.
 *
 * @throws {DataError} DECODING_NOT_FINITE when a row holds NaN or Infinity.
 */
export async function readAll(logits: Tensor2D): Promise<Float32Array> {
  const all = tidy(() => logSoftmax(logits));
  try {
    const values = await all.data<"float32">();
    checkNumbers(values, logits.shape[1]);
    return values;
  } finally {
    all.dispose();
  }
}

/**
 * The log probability of one token per row, `tokens` [R] -> [R].
 *
 * @throws {DataError} DECODING_NOT_FINITE when a row holds NaN or Infinity.
 */
export async function readChosen(logits: Tensor2D, tokens: Int32Array): Promise<Float32Array> {
  const places = tokens.map((token, row) => row * logits.shape[1] + token);
  const chosen = tidy(() =>
    sub(gather(reshape(logits, [-1]), tensor(places, [places.length], "int32")), logSumExp(logits, 1)),
  );
  try {
    const values = await chosen.data<"float32">();
    checkNumbers(values, 1);
    return values;
  } finally {
    chosen.dispose();
  }
}

/** @throws {ShapeError} DECODING_LOGITS when a step did not give one row of V scores per row it was given. */
export function checkLogits(logits: Tensor2D, rows: number, vocabularySize: number): void {
  if (logits.shape.join() === `${rows},${vocabularySize}`) return;
  throw new ShapeError(
    "DECODING_LOGITS",
    `a step over ${rows} rows and ${vocabularySize} tokens gave logits [${logits.shape.join(", ")}].`,
    { hint: "The step of a model gives one row of scores per row of its state." },
  );
}

/** A row whose softmax is no distribution has NaN first: NaN and Infinity spread over the whole row. */
function checkNumbers(values: Float32Array, width: number): void {
  for (let at = 0; at < values.length; at += width) if (Number.isNaN(values[at])) throw notFinite();
}

function notFinite(cause?: unknown): DataError {
  return new DataError("DECODING_NOT_FINITE", "a step of the model gave scores that are not finite.", {
    hint: "Look for what made them: a diverged model or a broken input.",
    cause,
  });
}
