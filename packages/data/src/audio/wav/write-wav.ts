import { ConfigError } from "@timestep/base";
import { type AudioClip } from "./clip.js";
import { encodeSamples, type SampleCode } from "./wavefile.js";

/**
 * A clip as a WAV file with one channel, by default of 16-bit integers. What lies outside -1 … 1 is cut off there, but
 * not in floating point. Reading it back gives the samples to half a step.
 *
 * @throws {ConfigError} WAV_WRITE when the sample rate is no whole number or there are no samples.
 */
export function writeWav({ samples, sampleRateHz }: AudioClip, code: SampleCode = "16"): Uint8Array {
  if (!Number.isInteger(sampleRateHz) || sampleRateHz < 1000 || samples.length === 0) {
    throw new ConfigError(
      "WAV_WRITE",
      `a WAV file of ${samples.length} samples at ${sampleRateHz} Hz cannot be written.`,
      { hint: "The rate is a whole number of at least 1000 Hz, and there is at least one sample." },
    );
  }
  return encodeSamples(Float64Array.from(samples, stepsOf(code)), { channels: 1, sampleRateHz, code });
}

/** From amplitude to what is stored. */
function stepsOf(code: SampleCode): (sample: number) => number {
  if (code === "32f" || code === "64") return (sample) => sample;
  const bits = Number(code);
  const half = 2 ** (bits - 1);
  const middle = bits === 8 ? 128 : 0;
  return (sample) => Math.min(half - 1, Math.max(-half, Math.round(sample * half))) + middle;
}
