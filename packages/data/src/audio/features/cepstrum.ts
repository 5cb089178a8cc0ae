/**
 * The orthonormal discrete cosine transform of type II with the sine lifter folded in: [cepstra, bands], row by row.
 *
 *   c_n = s_n · Σ_m cos(πn(m + ½)/M) · e_m,   s_0 = √(1/M), s_n = √(2/M),   times 1 + L/2·sin(πn/L)
 *
 * @see Davis & Mermelstein 1980, doi:10.1109/TASSP.1980.1163420; lifter: "The HTK Book", section 5.3.
 */
export function cepstralTransform(cepstra: number, bands: number, lifter: number): Float64Array {
  const matrix = new Float64Array(cepstra * bands);
  for (let n = 0; n < cepstra; n++) {
    const scale = Math.sqrt((n === 0 ? 1 : 2) / bands);
    const lift = lifter === 0 ? 1 : 1 + (lifter / 2) * Math.sin((Math.PI * n) / lifter);
    for (let m = 0; m < bands; m++) {
      matrix[n * bands + m] = lift * scale * Math.cos((Math.PI * n * (m + 0.5)) / bands);
    }
  }
  return matrix;
}
