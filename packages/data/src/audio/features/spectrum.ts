import FFT from "fft.js";

/** The part of the library that is used; its own types leave the transform of real numbers out. */
interface RealTransform {
  realTransform(output: Float64Array, input: Float64Array): void;
}

/** Computes power spectra of real signals of one size, a power of two of at least 4. */
export class PowerSpectrum {
  /** size/2 + 1: from 0 Hz up to and including half the sample rate. */
  readonly bins: number;
  /** What to transform; the caller writes `size` samples here. */
  readonly input: Float64Array;
  private readonly complex: Float64Array;
  private readonly transform: RealTransform;

  constructor(readonly size: number) {
    this.bins = size / 2 + 1;
    this.input = new Float64Array(size);
    this.complex = new Float64Array(2 * size);
    this.transform = new FFT(size) as unknown as RealTransform;
  }

  /** |X_k|² of the input for k = 0 … size/2, into `power`. */
  run(power: Float64Array): void {
    this.transform.realTransform(this.complex, this.input);
    for (let k = 0; k < this.bins; k++) {
      const real = this.complex[2 * k] as number;
      const imaginary = this.complex[2 * k + 1] as number;
      power[k] = real * real + imaginary * imaginary;
    }
  }
}
