/**
 * The three inner loops of the scaled forward-backward pass, on square row-major matrices in float64. Four rows of the
 * matrix meet two vectors at a time, so that what is loaded serves more than once: about twice as fast as plain
 * loops at 127 tags.
 */

/** One vector to multiply, read from `offset` on, and where its product goes. */
export interface VectorProduct {
  readonly vector: Float64Array;
  readonly offset: number;
  readonly result: Float64Array;
}

/** result[j] = Σi vector[i]·matrix[i, j] for each of the products. */
export function vectorsTimesMatrix(
  products: readonly VectorProduct[],
  matrix: Float64Array,
  size: number,
): void {
  for (let n = 0; n < products.length; n += 2) {
    const one = products[n] as VectorProduct;
    const two = products[n + 1];
    one.result.fill(0);
    two?.result.fill(0);
    if (two === undefined) addRows(one, matrix, size, 0);
    else twoVectorsTimesMatrix(one, two, matrix, size);
  }
}

/** Adds what rows `from`… of the matrix contribute to a product. */
function addRows(product: VectorProduct, matrix: Float64Array, size: number, from: number): void {
  const { vector, offset, result } = product;
  for (let i = from; i < size; i++) {
    const a = vector[offset + i] as number;
    const row = i * size;
    for (let j = 0; j < size; j++) result[j] = (result[j] as number) + a * (matrix[row + j] as number);
  }
}

function twoVectorsTimesMatrix(
  one: VectorProduct,
  two: VectorProduct,
  matrix: Float64Array,
  size: number,
): void {
  const { vector: left, offset: leftAt, result: leftResult } = one;
  const { vector: right, offset: rightAt, result: rightResult } = two;
  const inFours = size - (size % 4);
  for (let i = 0; i < inFours; i += 4) {
    const a = left[leftAt + i] as number;
    const b = left[leftAt + i + 1] as number;
    const c = left[leftAt + i + 2] as number;
    const d = left[leftAt + i + 3] as number;
    const e = right[rightAt + i] as number;
    const f = right[rightAt + i + 1] as number;
    const g = right[rightAt + i + 2] as number;
    const h = right[rightAt + i + 3] as number;
    const rowA = i * size;
    const rowB = rowA + size;
    const rowC = rowB + size;
    const rowD = rowC + size;
    for (let j = 0; j < size; j++) {
      const w = matrix[rowA + j] as number;
      const x = matrix[rowB + j] as number;
      const y = matrix[rowC + j] as number;
      const z = matrix[rowD + j] as number;
      leftResult[j] = (leftResult[j] as number) + (a * w + b * x + (c * y + d * z));
      rightResult[j] = (rightResult[j] as number) + (e * w + f * x + (g * y + h * z));
    }
  }
  addRows(one, matrix, size, inFours);
  addRows(two, matrix, size, inFours);
}

/** result[i] = Σj matrix[i, j]·vector[j] for each of the products. */
export function matrixTimesVectors(
  matrix: Float64Array,
  products: readonly VectorProduct[],
  size: number,
): void {
  for (let n = 0; n < products.length; n += 2) {
    const one = products[n] as VectorProduct;
    const two = products[n + 1];
    if (two === undefined) matrixTimesVector(matrix, one, size, 0);
    else matrixTimesTwoVectors(matrix, one, two, size);
  }
}

/** Writes the product from element `from` on. */
function matrixTimesVector(matrix: Float64Array, product: VectorProduct, size: number, from: number): void {
  const { vector, offset, result } = product;
  for (let i = from; i < size; i++) {
    const row = i * size;
    let total = 0;
    for (let j = 0; j < size; j++) total += (matrix[row + j] as number) * (vector[offset + j] as number);
    result[i] = total;
  }
}

function matrixTimesTwoVectors(
  matrix: Float64Array,
  one: VectorProduct,
  two: VectorProduct,
  size: number,
): void {
  const { vector: left, offset: leftAt, result: leftResult } = one;
  const { vector: right, offset: rightAt, result: rightResult } = two;
  const inFours = size - (size % 4);
  for (let i = 0; i < inFours; i += 4) {
    const rowA = i * size;
    const rowB = rowA + size;
    const rowC = rowB + size;
    const rowD = rowC + size;
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    let e = 0;
    let f = 0;
    let g = 0;
    let h = 0;
    for (let j = 0; j < size; j++) {
      const x = left[leftAt + j] as number;
      const y = right[rightAt + j] as number;
      const p = matrix[rowA + j] as number;
      const q = matrix[rowB + j] as number;
      const r = matrix[rowC + j] as number;
      const s = matrix[rowD + j] as number;
      a += p * x;
      b += q * x;
      c += r * x;
      d += s * x;
      e += p * y;
      f += q * y;
      g += r * y;
      h += s * y;
    }
    leftResult[i] = a;
    leftResult[i + 1] = b;
    leftResult[i + 2] = c;
    leftResult[i + 3] = d;
    rightResult[i] = e;
    rightResult[i + 1] = f;
    rightResult[i + 2] = g;
    rightResult[i + 3] = h;
  }
  matrixTimesVector(matrix, one, size, inFours);
  matrixTimesVector(matrix, two, size, inFours);
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
