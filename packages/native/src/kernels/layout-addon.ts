/** Entry points of cpp/tensors/layout_binding.cc. Each throws a TypeError when an argument does not fit. */
export interface LayoutAddon {
  /** y = the elements x[start + Σ index·stride] in row-major order; `axes` holds size and stride of each axis. */
  copyStrided(x: Float32Array, y: Float32Array, start: number, axes: Int32Array): void;
  /** y [outer, ids.length, width] = rows of x [outer, size, width]. */
  gatherRows(
    x: Float32Array,
    ids: Int32Array,
    y: Float32Array,
    outer: number,
    size: number,
    width: number,
  ): void;
  /** y [segments, width] = sums of the rows of x [ids.length, width] by id; ids outside are left out. */
  addRows(x: Float32Array, ids: Int32Array, y: Float32Array, segments: number, width: number): void;
}
