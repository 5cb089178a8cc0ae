import * as library from "wavefile";

type Library = typeof library;

// Node loads the package's CommonJS build, whose one export is `default`; bundlers take its ES module, which has none.
const loaded = library as Partial<Pick<Library, "default">> & Library;
const { WaveFile } = loaded.default ?? loaded;

/** How the samples of a file can be written; the names are those of `wavefile`. */
export type SampleCode = "8" | "16" | "24" | "32" | "32f" | "64";

/** Numbers as they stand in the file (integers unscaled, 8 bits from 0 to 255), channels interleaved. */
export function decodeSamples(wav: Uint8Array): Float64Array {
  const file = new WaveFile(wav);
  // Both laws decode to 16-bit integers.
  if (file.bitDepth === "8a") file.fromALaw();
  else if (file.bitDepth === "8m") file.fromMuLaw();
  return file.getSamples(true);
}

/** A WAV file of interleaved numbers, in the units that {@link decodeSamples} gives. */
export function encodeSamples(
  samples: Float64Array,
  form: { readonly channels: number; readonly sampleRateHz: number; readonly code: SampleCode },
): Uint8Array {
  const file = new WaveFile();
  file.fromScratch(form.channels, form.sampleRateHz, form.code, samples);
  return file.toBuffer();
}
