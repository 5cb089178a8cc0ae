/**
 * The three inner loops of the scaled forward-backward pass, on square row-major matrices in float64. Four rows are taken
 * at a time, so that an element of the result is loaded and stored once for four multiplications.
 */

/** result[j] = Σi vector[i]·matrix[i, j]; `vector` is read from `offset` on. */
export function vectorTimesMatrix(
  vector: Float64Array,
  offset: number,
  matrix: Float64Array,
  size: number,
  result: Float64Array,
): void {
  result.fill(0);
  let i = 0;
  for (; i + 3 < size; i += 4) {
    const a = vector[offset + i] as number;
    const b = vector[offset + i + 1] as number;
    const c = vector[offset + i + 2] as number;
    const d = vector[offset + i + 3] as number;
    const rowA = i * size;
    const rowB = rowA + size;
    const rowC = rowB + size;
    const rowD = rowC + size;
    for (let j = 0; j < size; j++) {
      result[j] =
        (result[j] as number) +
        (a * (matrix[rowA + j] as number) +
          b * (matrix[rowB + j] as number) +
          (c * (matrix[rowC + j] as number) + d * (matrix[rowD + j] as number)));
    }
  }
  for (; i < size; i++) {
    const a = vector[offset + i] as number;
    const row = i * size;
    for (let j = 0; j < size; j++) result[j] = (result[j] as number) + a * (matrix[row + j] as number);
  }
}

/** result[i] = Σj matrix[i, j]·vector[j]; `vector` is read from `offset` on. */
export function matrixTimesVector(
  matrix: Float64Array,
  vector: Float64Array,
  offset: number,
  size: number,
  result: Float64Array,
): void {
  let i = 0;
  for (; i + 3 < size; i += 4) {
    const rowA = i * size;
    const rowB = rowA + size;
    const rowC = rowB + size;
    const rowD = rowC + size;
    let [a, b, c, d] = [0, 0, 0, 0];
    for (let j = 0; j < size; j++) {
      const value = vector[offset + j] as number;
      a += (matrix[rowA + j] as number) * value;
      b += (matrix[rowB + j] as number) * value;
      c += (matrix[rowC + j] as number) * value;
      d += (matrix[rowD + j] as number) * value;
    }
    result[i] = a;
    result[i + 1] = b;
    result[i + 2] = c;
    result[i + 3] = d;
  }
  for (; i < size; i++) {
    const row = i * size;
    let total = 0;
    for (let j = 0; j < size; j++) total += (matrix[row + j] as number) * (vector[offset + j] as number);
    result[i] = total;
  }
}

/**
 * matrix[i, j] += Σn left[n, i]·right[n, j] over `count` rows of `left` and `right`. Two rows of the result are made
 * together, so that what is read of `right` serves twice.
 */
export function addOuterProducts(
  left: Float64Array,
  right: Float64Array,
  count: number,
  size: number,
  matrix: Float64Array,
): void {
  const inPairs = size - (size % 2);
  let n = 0;
  for (; n + 3 < count; n += 4) {
    const rowA = n * size;
    const rowB = rowA + size;
    const rowC = rowB + size;
    const rowD = rowC + size;
    for (let i = 0; i < inPairs; i += 2) {
      const a = left[rowA + i] as number;
      const b = left[rowB + i] as number;
      const c = left[rowC + i] as number;
      const d = left[rowD + i] as number;
      const e = left[rowA + i + 1] as number;
      const f = left[rowB + i + 1] as number;
      const g = left[rowC + i + 1] as number;
      const h = left[rowD + i + 1] as number;
      const first = i * size;
      const second = first + size;
      for (let j = 0; j < size; j++) {
        const w = right[rowA + j] as number;
        const x = right[rowB + j] as number;
        const y = right[rowC + j] as number;
        const z = right[rowD + j] as number;
        matrix[first + j] = (matrix[first + j] as number) + (a * w + b * x + (c * y + d * z));
        matrix[second + j] = (matrix[second + j] as number) + (e * w + f * x + (g * y + h * z));
      }
    }
    // The last row of an odd size.
    for (let m = n; m < n + 4; m++) addOuterRows(left, right, m, inPairs, size, matrix);
  }
  for (; n < count; n++) addOuterRows(left, right, n, 0, size, matrix);
}

/** The part of the outer product of one pair of rows that belongs to rows `from`… of the result. */
function addOuterRows(
  left: Float64Array,
  right: Float64Array,
  n: number,
  from: number,
  size: number,
  matrix: Float64Array,
): void {
  const row = n * size;
  for (let i = from; i < size; i++) {
    const a = left[row + i] as number;
    const base = i * size;
    for (let j = 0; j < size; j++) {
      matrix[base + j] = (matrix[base + j] as number) + a * (right[row + j] as number);
    }
  }
}
