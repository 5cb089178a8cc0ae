/** Entry points of cpp/gemm/packed_binding.cc. Each throws a TypeError when an argument does not fit. */
export interface PackedAddon {
  /** Floats of a packed matrix [k, n]; depends on the instruction set that runs. */
  packedSize(k: number, n: number): number;
  /** Lays b [k, n], or stored [n, k] with `transposed`, out as products read it. */
  pack(b: Float32Array, k: number, n: number, transposed: boolean, packed: Float32Array): void;
  /** c [m, n] = a [m, k] by a packed matrix [k, n]; with `transposeA`, a is stored [k, m]. */
  multiplyPacked(
    a: Float32Array,
    packed: Float32Array,
    c: Float32Array,
    m: number,
    n: number,
    k: number,
    transposeA: boolean,
  ): void;
}
