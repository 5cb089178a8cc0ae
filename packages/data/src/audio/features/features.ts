/** A sequence of vectors. */
export interface AudioFeatures {
  /** [T, F], frame by frame. */
  readonly values: Float32Array;
  /** T */
  readonly frames: number;
  /** F */
  readonly size: number;
}

/** Frames of one length, put together. */
export function joinFrames(rows: readonly Float32Array[], size: number): AudioFeatures {
  const values = new Float32Array(rows.length * size);
  for (const [t, row] of rows.entries()) values.set(row, t * size);
  return { values, frames: rows.length, size };
}
