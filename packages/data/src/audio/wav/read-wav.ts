import { DataError } from "@timestep/base";
import { type AudioClip } from "./clip.js";
import { readLayout, type WavLayout } from "./riff.js";
import { decodeSamples } from "./wavefile.js";

/**
 * Reads a WAV file: integers of 8, 16, 24 or 32 bits, floating point of 32 or 64 bits, A-law or µ-law; any number of
 * channels, whose mean is taken; any sample rate. The header is checked against the bytes before anything is decoded.
 *
 * @param name What errors call the clip.
 * @throws {DataError} what {@link readLayout} throws; WAV_NOT_FINITE when a sample is NaN or infinite.
 *
 * @example
 * ```ts
 * const bytes = writeWav({ samples: Float32Array.of(0, 0.5, -0.5), sampleRateHz: 8000 });
 * readWav(bytes, "tiny.wav").samples; // Float32Array [0, 0.5, -0.5]
 * ```
 */
export function readWav(bytes: Uint8Array, name: string): AudioClip {
  const layout = readLayout(bytes, name);
  const values = decodeSamples(plainWav(bytes, layout));
  const { channels, sampleRateHz } = layout;
  const { offset, scale } = scaleOf(layout);
  const samples = new Float32Array(values.length / channels);
  for (let i = 0; i < samples.length; i++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) sum += values[i * channels + channel] as number;
    const sample = (sum / channels - offset) * scale;
    if (!Number.isFinite(Math.fround(sample))) {
      throw new DataError("WAV_NOT_FINITE", `${name}: sample ${i} is ${sample}, expected a finite number.`, {
        hint: "The recording is damaged; make it again, or leave it out.",
      });
    }
    samples[i] = sample;
  }
  return { samples, sampleRateHz };
}

/**
 * The samples behind the plainest header that describes them. The library then meets no chunk but these two, and no
 * length that has not been checked.
 */
function plainWav(bytes: Uint8Array, layout: WavLayout): Uint8Array {
  const { bigEndian, codec, channels, sampleRateHz, bits, start, end } = layout;
  const size = end - start;
  const wav = new Uint8Array(44 + size); // no byte of padding: the library would take it for a sample
  const view = new DataView(wav.buffer);
  const block = (channels * bits) / 8;
  wav.set(new TextEncoder().encode(bigEndian ? "RIFX" : "RIFF"));
  view.setUint32(4, wav.length - 8, !bigEndian);
  wav.set(new TextEncoder().encode("WAVEfmt "), 8);
  view.setUint32(16, 16, !bigEndian);
  view.setUint16(20, codec, !bigEndian);
  view.setUint16(22, channels, !bigEndian);
  view.setUint32(24, sampleRateHz, !bigEndian);
  view.setUint32(28, sampleRateHz * block, !bigEndian);
  view.setUint16(32, block, !bigEndian);
  view.setUint16(34, bits, !bigEndian);
  wav.set(new TextEncoder().encode("data"), 36);
  view.setUint32(40, size, !bigEndian);
  wav.set(bytes.subarray(start, end), 44);
  return wav;
}

function scaleOf({ codec, bits }: WavLayout): { offset: number; scale: number } {
  if (codec === 3) return { offset: 0, scale: 1 };
  if (codec !== 1) return { offset: 0, scale: 2 ** -15 };
  return { offset: bits === 8 ? 128 : 0, scale: 2 ** (1 - bits) };
}
