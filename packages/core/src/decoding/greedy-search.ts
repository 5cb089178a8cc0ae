import type { Hypothesis } from "./hypothesis.js";
import type { DecodingOptions } from "./options.js";
import type { StepModel } from "./step-model.js";
import { walk } from "./walk.js";

/**
 * Takes the likeliest permitted token in each step, the lower of equals, until the end or the maximum length. Gives
 * one hypothesis per sentence, whose score is its log probability: what a beam of 1 gives, in less time.
 *
 * A sequence of the maximum length is finished if the end is its likeliest next token, and cut off otherwise.
 *
 * @throws {ConfigError} DECODING_OPTION, DECODING_TOKEN when an option is out of range.
 * @throws {ShapeError} DECODING_LOGITS when a step gives something else than rows of V.
 * @throws {DataError} DECODING_NOT_FINITE when a step gives NaN or Infinity.
 *
 * @example
 * ```ts
 * const hypotheses = await greedySearch(model, state, { sentences: 8, begin: 1, end: 2, maximumLength: 40 });
 * ```
 */
export function greedySearch<State>(
  model: StepModel<State>,
  initial: State,
  options: DecodingOptions,
): Promise<Hypothesis[]> {
  return walk(model, initial, options, { candidates: 1, walks: 1, choose: () => 0 });
}
