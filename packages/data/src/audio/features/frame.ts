import { cepstralTransform } from "./cepstrum.js";
import { type MelBand, melBands } from "./mel.js";
import { type FeatureSettings, frameSizes, staticSize } from "./settings.js";
import { PowerSpectrum } from "./spectrum.js";
import { windowOf } from "./window.js";

/** Turns one window of samples into one vector: spectrum, mel bands, logarithm, cepstra. */
export class FrameFeatures {
  readonly size: number;
  private readonly window: Float64Array;
  private readonly spectrum: PowerSpectrum;
  private readonly power: Float64Array;
  private readonly bands: readonly MelBand[];
  private readonly energies: Float64Array;
  private readonly transform: Float64Array | undefined;

  /** @throws {ConfigError} MEL_EMPTY_BAND */
  constructor(private readonly settings: FeatureSettings) {
    const { window, fft, bins } = frameSizes(settings);
    this.size = staticSize(settings);
    this.window = windowOf(settings.window, window);
    this.spectrum = new PowerSpectrum(fft);
    this.power = new Float64Array(bins);
    const { kind, melScale, melBands: bands, lowHz, sampleRateHz, cepstra, lifter } = settings;
    const highHz = settings.highHz ?? sampleRateHz / 2;
    this.bands =
      kind === "log-power" ? [] : melBands({ scale: melScale, bands, lowHz, highHz, sampleRateHz, fft });
    this.energies = new Float64Array(kind === "log-power" ? bins : bands);
    this.transform = kind === "mfcc" ? cepstralTransform(cepstra, bands, lifter) : undefined;
  }

  /** The vector of the window that starts at `samples[start]`; samples past the end count as zeros. */
  run(samples: Float64Array, start: number): Float32Array {
    const { input } = this.spectrum;
    const count = Math.min(this.window.length, samples.length - start);
    for (let n = 0; n < count; n++) {
      input[n] = (samples[start + n] as number) * (this.window[n] as number);
    }
    input.fill(0, count);
    this.spectrum.run(this.power);
    this.takeLogarithms();
    if (this.transform === undefined) return Float32Array.from(this.energies);
    return this.cepstra(this.transform);
  }

  private takeLogarithms(): void {
    const { floor, kind } = this.settings;
    if (kind === "log-power") {
      for (let bin = 0; bin < this.power.length; bin++) {
        this.energies[bin] = Math.log(Math.max(floor, this.power[bin] as number));
      }
      return;
    }
    for (let band = 0; band < this.bands.length; band++) {
      const { firstBin, weights } = this.bands[band] as MelBand;
      let energy = 0;
      for (let k = 0; k < weights.length; k++) {
        energy += (weights[k] as number) * (this.power[firstBin + k] as number);
      }
      this.energies[band] = Math.log(Math.max(floor, energy));
    }
  }

  private cepstra(transform: Float64Array): Float32Array {
    const bands = this.energies.length;
    const vector = new Float32Array(this.size);
    for (let n = 0; n < vector.length; n++) {
      let sum = 0;
      for (let m = 0; m < bands; m++) {
        sum += (transform[n * bands + m] as number) * (this.energies[m] as number);
      }
      vector[n] = sum;
    }
    return vector;
  }
}
