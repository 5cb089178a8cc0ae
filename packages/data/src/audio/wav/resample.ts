import { ConfigError } from "@timestep/base";

/** Zero crossings of the filter on each side; with this β the transition is 0.18 of the lower Nyquist frequency wide. */
const CROSSINGS = 32;
/** Kaiser's β for 90 dB of attenuation in the stop band. */
const BETA = 0.1102 * (90 - 8.7);
/** The middle of the transition as a share of the lower Nyquist frequency, so that the stop band starts right at it. */
const CUTOFF = 0.91;
/** Rates are brought to lowest terms; a filter is kept for each of up to this many phases. */
const MOST_PHASES = 1 << 16;

/**
 * Changes the sample rate by a band-limited filter (a sinc under a Kaiser window, one set of coefficients for each phase
 * of the output): what lies above the lower of both Nyquist frequencies is removed by 90 dB, the rest keeps its place in
 * time. Gives ceil(N · to / from) samples, and the input itself where both rates are the same.
 *
 * @throws {ConfigError} RESAMPLE_RATE when a rate is no whole number above 0, or their ratio needs too many phases.
 * @see Smith 2011, "Spectral Audio Signal Processing", windowed sinc interpolation; Kaiser's β: Oppenheim & Schafer.
 */
export function resample(samples: Float32Array, fromHz: number, toHz: number): Float32Array {
  if (fromHz === toHz) return samples;
  const { up, down } = lowestTerms(fromHz, toHz);
  const { taps, half, phases } = filterOf(up, down);
  const output = new Float32Array(Math.ceil((samples.length * up) / down));
  for (let i = 0; i < output.length; i++) {
    const position = i * down; // in steps of 1/up input samples
    const base = Math.floor(position / up);
    const row = (position % up) * taps;
    const first = base - half + 1;
    const from = Math.max(0, -first);
    const to = Math.min(taps, samples.length - first);
    let sum = 0;
    for (let k = from; k < to; k++) sum += (phases[row + k] as number) * (samples[first + k] as number);
    output[i] = sum;
  }
  return output;
}

interface Filter {
  /** Coefficients of one phase. */
  readonly taps: number;
  /** Tap half - 1 lies on the last input sample at or before the output sample. */
  readonly half: number;
  /** [up, taps] */
  readonly phases: Float64Array;
}

const filters = new Map<string, Filter>();

/** The last few filters are kept: a corpus has few rates, and augmentation few speeds. */
function filterOf(up: number, down: number): Filter {
  const key = `${up}/${down}`;
  const known = filters.get(key);
  if (known !== undefined) return known;
  const [oldest] = filters.keys();
  if (filters.size >= 16 && oldest !== undefined) filters.delete(oldest);
  const filter = design(up, down);
  filters.set(key, filter);
  return filter;
}

function design(up: number, down: number): Filter {
  const cutoff = CUTOFF * Math.min(1, up / down); // as a share of the input's Nyquist frequency
  const half = Math.ceil(CROSSINGS / Math.min(1, up / down));
  const taps = 2 * half;
  const phases = new Float64Array(up * taps);
  for (let phase = 0; phase < up; phase++) {
    let sum = 0;
    for (let k = 0; k < taps; k++) {
      const distance = k - half + 1 - phase / up;
      const x = Math.PI * cutoff * distance;
      const sinc = x === 0 ? 1 : Math.sin(x) / x;
      const inside = 1 - (distance / half) ** 2;
      const tap = inside < 0 ? 0 : sinc * besselI0(BETA * Math.sqrt(inside));
      phases[phase * taps + k] = tap;
      sum += tap;
    }
    // Each phase passes a constant unchanged.
    for (let k = 0; k < taps; k++) phases[phase * taps + k] = (phases[phase * taps + k] as number) / sum;
  }
  return { taps, half, phases };
}

function lowestTerms(fromHz: number, toHz: number): { up: number; down: number } {
  const whole = (rate: number): boolean => Number.isSafeInteger(rate) && rate > 0;
  if (whole(fromHz) && whole(toHz)) {
    const divisor = greatestCommonDivisor(fromHz, toHz);
    if (toHz / divisor <= MOST_PHASES) return { up: toHz / divisor, down: fromHz / divisor };
  }
  throw new ConfigError("RESAMPLE_RATE", `cannot change the sample rate from ${fromHz} to ${toHz} Hz.`, {
    hint: "Rates are whole numbers above 0 whose ratio in lowest terms stays below 65536.",
  });
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** Modified Bessel function of the first kind and order 0, by its power series. */
function besselI0(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > sum * 1e-17; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}
