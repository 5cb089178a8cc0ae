/** The part of the addon that convolves; every call checks its arguments and throws a TypeError. */
export interface ConvolutionAddon {
  /**
   * y = x ∗ filter + bias, each result held between `low` and `high`. With `apart`, channels are kept apart and the
   * filter is [height, width, channels]. `window` is made by `windowOf`.
   */
  convolve(
    window: Int32Array,
    apart: boolean,
    x: Float32Array,
    filter: Float32Array,
    bias: Float32Array | null,
    low: number,
    high: number,
    y: Float32Array,
  ): void;
  /** The same, channels together, with the filter packed as the matrix [height · width · in, out] (`packed-addon.ts`). */
  convolvePacked(
    window: Int32Array,
    x: Float32Array,
    filter: Float32Array,
    bias: Float32Array | null,
    low: number,
    high: number,
    y: Float32Array,
  ): void;
  convolveInputGradient(
    window: Int32Array,
    apart: boolean,
    dy: Float32Array,
    filter: Float32Array,
    dx: Float32Array,
  ): void;
  convolveFilterGradient(
    window: Int32Array,
    apart: boolean,
    x: Float32Array,
    dy: Float32Array,
    dfilter: Float32Array,
  ): void;
  /** The mean, or the largest, of each window. */
  pool(window: Int32Array, mean: boolean, x: Float32Array, y: Float32Array): void;
  /** With `x`, to the first of each window's largest; without, to each window in equal shares. */
  poolGradient(window: Int32Array, x: Float32Array | null, dy: Float32Array, dx: Float32Array): void;
}
