import { ConfigError } from "@timestep/base";
import { type MelScale } from "./settings.js";

/**
 * From hertz to mels.
 *
 * - `htk`: 2595·log10(1 + f/700)
 * - `slaney`: 3f/200 up to 1000 Hz, then 15 + 27·ln(f/1000)/ln(6.4)
 *
 * @see Young et al., "The HTK Book", section 5.4; Slaney 1998, "Auditory Toolbox".
 */
export function melOf(hertz: number, scale: MelScale): number {
  if (scale === "htk") return 2595 * Math.log10(1 + hertz / 700);
  return hertz < 1000 ? (3 * hertz) / 200 : 15 + (27 * Math.log(hertz / 1000)) / Math.log(6.4);
}

/** The inverse of {@link melOf}. */
export function hertzOf(mel: number, scale: MelScale): number {
  if (scale === "htk") return 700 * (10 ** (mel / 2595) - 1);
  return mel < 15 ? (200 * mel) / 3 : 1000 * Math.exp(((mel - 15) * Math.log(6.4)) / 27);
}

/** Triangles over the bins of a spectrum; each touches a run of bins only. */
export interface MelBand {
  readonly firstBin: number;
  readonly weights: Float64Array;
}

export interface MelOptions {
  readonly scale: MelScale;
  readonly bands: number;
  readonly lowHz: number;
  readonly highHz: number;
  readonly sampleRateHz: number;
  /** Size of the Fourier transform whose bins are weighted. */
  readonly fft: number;
}

/**
 * Triangular filters whose corners are evenly spaced in mels. `htk` filters have height 1; `slaney` filters have area 1
 * (in hertz), so that white noise gives all bands the same energy.
 *
 * @throws {ConfigError} MEL_EMPTY_BAND when a triangle is so narrow that no bin falls into it.
 */
export function melBands({ scale, bands, lowHz, highHz, sampleRateHz, fft }: MelOptions): MelBand[] {
  const low = melOf(lowHz, scale);
  const step = (melOf(highHz, scale) - low) / (bands + 1);
  const corner = (index: number): number => hertzOf(low + index * step, scale);
  return Array.from({ length: bands }, (_, band) => {
    const [left, centre, right] = [corner(band), corner(band + 1), corner(band + 2)];
    const height = scale === "slaney" ? 2 / (right - left) : 1;
    const weights: number[] = [];
    let firstBin = 0;
    for (let bin = 0; bin <= fft / 2; bin++) {
      const hertz = (bin * sampleRateHz) / fft;
      const weight = Math.min((hertz - left) / (centre - left), (right - hertz) / (right - centre));
      if (weight <= 0) continue;
      if (weights.length === 0) firstBin = bin;
      weights.push(weight * height);
    }
    if (weights.length === 0) throw emptyBand(band, left, right, sampleRateHz / fft);
    return { firstBin, weights: Float64Array.from(weights) };
  });
}

function emptyBand(band: number, left: number, right: number, binHz: number): ConfigError {
  const range = `${left.toFixed(1)} to ${right.toFixed(1)} Hz`;
  return new ConfigError(
    "MEL_EMPTY_BAND",
    `mel band ${band} (${range}) holds no bin of the spectrum; bins are ${binHz.toFixed(1)} Hz apart.`,
    { hint: "Use fewer melBands, or a longer windowSeconds." },
  );
}
