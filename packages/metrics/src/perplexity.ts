import { DataError } from "@timestep/base";

/**
 * exp of the mean negative log-likelihood.
 *
 * @param totalNegativeLogLikelihood Sum over all predicted symbols, nats.
 * @param count Number of predicted symbols.
 * @throws {DataError} METRIC_EMPTY when `count` is 0; METRIC_NEGATIVE when either is negative, or the sum is not a number.
 */
export function perplexity(totalNegativeLogLikelihood: number, count: number): number {
  return Math.exp(meanNats(totalNegativeLogLikelihood, count));
}

/**
 * Mean negative log-likelihood in bits a symbol: what a compressor driven by the model would need.
 *
 * @throws {DataError} METRIC_EMPTY, METRIC_NEGATIVE as {@link perplexity}.
 */
export function bitsPerSymbol(totalNegativeLogLikelihood: number, count: number): number {
  return meanNats(totalNegativeLogLikelihood, count) / Math.LN2;
}

function meanNats(total: number, count: number): number {
  if (count === 0) {
    throw new DataError("METRIC_EMPTY", "there are no symbols to score.", {
      hint: "A score of nothing has no value; check that the split is not empty.",
    });
  }
  if (!(total >= 0) || !(count > 0)) {
    throw new DataError(
      "METRIC_NEGATIVE",
      `the sum ${total} over ${count} symbols is no negative log-likelihood.`,
      {
        hint: "Pass the sum of -log p in nats, and the number of symbols it was summed over.",
      },
    );
  }
  return total / count;
}
