import { type WindowKind } from "./settings.js";

/**
 * A window of N samples, symmetric: it starts and ends at the same value.
 *
 * - `hann`: ½ - ½·cos(2πn/(N-1)), zero at both ends
 * - `hamming`: 0.54 - 0.46·cos(2πn/(N-1))
 * - `povey`: hann to the power 0.85, as Kaldi has it; close to hamming, but zero at both ends
 */
export function windowOf(kind: WindowKind, size: number): Float64Array {
  return Float64Array.from({ length: size }, (_, n) => {
    const cosine = Math.cos((2 * Math.PI * n) / Math.max(1, size - 1));
    if (kind === "hamming") return 0.54 - 0.46 * cosine;
    const hann = 0.5 - 0.5 * cosine;
    return kind === "hann" ? hann : hann ** 0.85;
  });
}
