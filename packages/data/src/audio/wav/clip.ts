/** A recording with one channel. */
export interface AudioClip {
  /** Amplitudes, full scale being -1 … 1 (floating-point files may go beyond). */
  readonly samples: Float32Array;
  readonly sampleRateHz: number;
}

/** How long a clip lasts. */
export function clipSeconds({ samples, sampleRateHz }: AudioClip): number {
  return samples.length / sampleRateHz;
}
