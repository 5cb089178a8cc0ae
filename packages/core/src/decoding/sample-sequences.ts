import { ConfigError, type Random } from "@timestep/base";
import type { Candidates } from "./frontier.js";
import type { Hypothesis } from "./hypothesis.js";
import { checkWhole, type DecodingOptions } from "./options.js";
import type { StepModel } from "./step-model.js";
import { walk } from "./walk.js";

export interface SamplingOptions extends DecodingOptions {
  /** Drawn from once per call; the same state of it gives the same samples. */
  readonly random: Random;
  /** Sequences per sentence. Default 1. */
  readonly samples?: number;
  /** Log probabilities are divided by it: below 1 sharper, above 1 flatter. Default 1. */
  readonly temperature?: number;
  /** Draws from this many of the likeliest tokens only. */
  readonly topK?: number;
  /** Draws from the fewest likeliest tokens that hold this share of the probability only, in (0, 1]. */
  readonly topP?: number;
}

/**
 * Draws sequences token by token: p ∝ exp(log probability / temperature) over the tokens that the rules permit, of
 * these the `topK` likeliest, of these the nucleus `topP`. Gives the samples of each sentence in the order drawn; their
 * scores are the model's own log probabilities, whatever the temperature and the cuts.
 *
 * Each sample has a stream of random numbers of its own, so what is drawn for one does not depend on the others, nor on
 * the sentences after it.
 *
 * @throws {ConfigError} DECODING_OPTION, DECODING_TOKEN when an option is out of range.
 * @throws {ShapeError} DECODING_LOGITS when a step gives something else than rows of V.
 * @throws {DataError} DECODING_NOT_FINITE when a step gives NaN or Infinity.
 * @see nucleus: Holtzman et al. 2020, arXiv:1904.09751; top-k: Fan et al. 2018, arXiv:1805.04833.
 *
 * @example
 * ```ts
 * const [three] = await sampleSequences(model, state, {
 *   sentences: 1, begin: 1, end: 2, maximumLength: 40, random: seeded(7), samples: 3, temperature: 0.8, topP: 0.95,
 * });
 * ```
 */
export async function sampleSequences<State>(
  model: StepModel<State>,
  initial: State,
  options: SamplingOptions,
): Promise<Hypothesis[][]> {
  const { random, samples = 1, temperature = 1, topK = Infinity, topP = 1, sentences } = options;
  checkSampling(options);
  const source = new Array<Random | undefined>();
  random.bits(); // a later call with the same generator draws other samples
  const streamOf = (number: number): Random =>
    (source[number] ??= random.fork(Math.floor(number / samples)).fork(number % samples));
  const drawn = await walk(model, initial, options, {
    candidates: topK,
    walks: samples,
    choose: (number, candidates) => draw(candidates, temperature, topP, streamOf(number).uniform()),
  });
  return Array.from({ length: sentences }, (_, b) => drawn.slice(b * samples, (b + 1) * samples));
}

/** The place of the candidate that the number `uniform` in [0, 1) falls on. */
function draw({ logProbabilities }: Candidates, temperature: number, topP: number, uniform: number): number {
  const most = logProbabilities.reduce((a, b) => Math.max(a, b), -Infinity);
  const weights = logProbabilities.map((value) => Math.exp((value - most) / temperature));
  const places = topP === 1 ? [...weights.keys()] : nucleus(weights, topP);
  let left = uniform * places.reduce((sum, place) => sum + (weights[place] as number), 0);
  for (const place of places) {
    left -= weights[place] as number;
    if (left < 0) return place;
  }
  return places.at(-1) as number; // rounding
}

/**
 * The fewest places that hold the share `topP` of all weight, in their order; of equal weights the earlier come in.
 *
 * Places with less than (1 - topP) / n of the weight are n at most and hold less than 1 - topP together, so the others
 * hold more than topP: only those need sorting, which are few where a model is sure of what it says.
 */
function nucleus(weights: readonly number[], topP: number): number[] {
  const total = weights.reduce((a, b) => a + b, 0);
  const small = ((1 - topP) * total) / weights.length;
  const descending = Float64Array.from(weights.filter((weight) => weight >= small))
    .sort()
    .reverse();
  let [count, sum] = [0, 0];
  while (count < descending.length && sum < topP * total) sum += descending[count++] as number;
  const least = descending[count - 1] as number;
  let equals = count - descending.indexOf(least);
  const places: number[] = [];
  for (const [place, weight] of weights.entries()) {
    if (weight > least || (weight === least && equals-- > 0)) places.push(place);
  }
  return places;
}

function checkSampling({ samples = 1, temperature = 1, topK = 1, topP = 1 }: SamplingOptions): void {
  checkWhole("samples", samples, 1);
  checkWhole("topK", topK, 1);
  if (!(temperature > 0 && Number.isFinite(temperature))) {
    throw new ConfigError("DECODING_OPTION", `temperature is a positive number, got ${temperature}.`, {
      hint: "For the likeliest token each time, use greedySearch.",
    });
  }
  if (!(topP > 0 && topP <= 1)) {
    throw new ConfigError("DECODING_OPTION", `topP is a share above 0 and up to 1, got ${topP}.`, {
      hint: "Set topP: 1 to draw from all tokens.",
    });
  }
}
