import { ConfigError, type Random } from "@timestep/base";
import { type AudioClip } from "../wav/clip.js";
import { resample } from "../wav/resample.js";

/**
 * A clip played faster (factor above 1) or slower: length and pitch change together. The factor counts to a thousandth.
 *
 * @throws {ConfigError} AUGMENTATION when the factor is not from 0.25 to 4.
 * @see Ko et al. 2015, "Audio augmentation for speech recognition", doi:10.21437/Interspeech.2015-711.
 */
export function changeSpeed({ samples, sampleRateHz }: AudioClip, factor: number): AudioClip {
  within("a speed", factor, 0.25, 4);
  return { samples: resample(samples, Math.round(factor * 1000), 1000), sampleRateHz };
}

/** A clip made louder by some decibels, or softer. Nothing is cut off: samples may leave -1 … 1. */
export function changeGain({ samples, sampleRateHz }: AudioClip, decibels: number): AudioClip {
  within("a gain", decibels, -200, 200);
  const gain = 10 ** (decibels / 20);
  return { samples: samples.map((sample) => sample * gain), sampleRateHz };
}

/**
 * A clip moved later by some seconds, or earlier when they are negative. The length stays: silence comes in at one end,
 * and what leaves at the other is gone.
 */
export function shiftTime({ samples, sampleRateHz }: AudioClip, seconds: number): AudioClip {
  within("a shift", seconds, -3600, 3600);
  const by = Math.round(seconds * sampleRateHz);
  const moved = new Float32Array(samples.length);
  if (by >= 0) moved.set(samples.subarray(0, Math.max(0, samples.length - by)), Math.min(by, samples.length));
  else moved.set(samples.subarray(Math.min(-by, samples.length)));
  return { samples: moved, sampleRateHz };
}

/**
 * A clip with noise added at a signal-to-noise ratio, the powers of both taken over the whole clip. The noise is white,
 * or a recording that starts at a random place and is repeated where it is too short. A silent clip stays silent: no
 * noise has a ratio to it.
 *
 * @throws {ConfigError} AUGMENTATION when the recorded noise is empty, silent or of another sample rate.
 */
export function addNoise(
  clip: AudioClip,
  ratioDecibels: number,
  random: Random,
  recorded?: AudioClip,
): AudioClip {
  within("a signal-to-noise ratio", ratioDecibels, -100, 200);
  const { samples, sampleRateHz } = clip;
  const noise =
    recorded === undefined ? whiteNoise(samples.length, random) : repeated(recorded, clip, random);
  const [signalPower, noisePower] = [power(samples), power(noise)];
  if (signalPower === 0) return clip;
  if (noisePower === 0) throw new ConfigError("AUGMENTATION", "the noise to be added is silent.");
  const scale = Math.sqrt(signalPower / noisePower / 10 ** (ratioDecibels / 10));
  return { samples: samples.map((sample, n) => sample + scale * (noise[n] as number)), sampleRateHz };
}

function whiteNoise(count: number, random: Random): Float32Array {
  return Float32Array.from({ length: count }, () => random.normal());
}

function repeated(noise: AudioClip, { samples, sampleRateHz }: AudioClip, random: Random): Float32Array {
  if (noise.samples.length === 0 || noise.sampleRateHz !== sampleRateHz) {
    throw new ConfigError(
      "AUGMENTATION",
      `noise of ${noise.samples.length} samples at ${noise.sampleRateHz} Hz cannot be added to sound at ${sampleRateHz} Hz.`,
      { hint: "Use a recording that is not empty, resampled to the rate of the clips." },
    );
  }
  const start = random.integer(noise.samples.length);
  return samples.map((_, n) => noise.samples[(start + n) % noise.samples.length] as number);
}

function power(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return samples.length === 0 ? 0 : sum / samples.length;
}

function within(what: string, value: number, low: number, high: number): void {
  if (value >= low && value <= high) return;
  throw new ConfigError("AUGMENTATION", `augmentation: ${what} is ${value}, expected ${low} to ${high}.`);
}
