import { type Random, seeded } from "@timestep/base";

/** Values in row-major order with their shape: how weights are made, saved and loaded. */
export interface Values {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/**
 * In the place of random numbers: the weights are loaded afterwards, and every random start is zeros. Drawing numbers
 * to throw them away, orthogonal matrices above all, would take longer than reading the file.
 */
export const toBeLoaded: Random = seeded(0);

/** All zeros. */
export function zeros(shape: readonly number[]): Values {
  return filled(shape, () => 0);
}

/** One value everywhere. */
export function constant(shape: readonly number[], value: number): Values {
  return filled(shape, () => value);
}

/** Uniform in [-limit, limit). */
export function uniform(shape: readonly number[], limit: number, random: Random): Values {
  if (random === toBeLoaded) return zeros(shape);
  return filled(shape, () => limit * (2 * random.uniform() - 1));
}

/** Normal with mean 0. */
export function normal(shape: readonly number[], standardDeviation: number, random: Random): Values {
  if (random === toBeLoaded) return zeros(shape);
  return filled(shape, () => standardDeviation * random.normal());
}

/**
 * Uniform with limit √(6 / (fanIn + fanOut)), for a kernel [fanIn, fanOut]; `fanOut` may be given when several
 * kernels lie side by side, as the four gates of an LSTM do.
 *
 * @see Glorot & Bengio 2010, Understanding the difficulty of training deep feedforward neural networks, eq. 16.
 */
export function glorotUniform(
  shape: readonly [number, number],
  random: Random,
  fan: { readonly fanIn?: number; readonly fanOut?: number } = {},
): Values {
  const fanIn = fan.fanIn ?? shape[0];
  const fanOut = fan.fanOut ?? shape[1];
  return uniform(shape, Math.sqrt(6 / (fanIn + fanOut)), random);
}

/**
 * A matrix [rows, columns] with orthonormal rows or columns, whichever are fewer: drawn uniformly over such matrices,
 * by the QR decomposition of a normal matrix with the signs of R's diagonal moved into Q.
 *
 * Householder reflections on rows of contiguous doubles; [512, 512] takes a fraction of a second.
 *
 * @see Saxe et al. 2014, arXiv:1312.6120; Mezzadri 2007, How to generate random matrices from the classical compact groups.
 */
export function orthogonal(rows: number, columns: number, random: Random): Values {
  if (random === toBeLoaded) return zeros([rows, columns]);
  const long = Math.max(rows, columns);
  const short = Math.min(rows, columns);
  // `vectors[k]` is column k of the tall matrix [long, short] that is decomposed.
  const vectors = Array.from({ length: short }, () =>
    Float64Array.from({ length: long }, () => random.normal()),
  );
  const q = orthonormalColumns(vectors, long);
  const data = new Float32Array(rows * columns);
  for (let k = 0; k < short; k++) {
    const column = q[k] as Float64Array;
    for (let i = 0; i < long; i++)
      data[rows >= columns ? i * columns + k : k * columns + i] = column[i] as number;
  }
  return { shape: [rows, columns], data };
}

/** Kernels [rows, columnsᵢ] laid side by side as [rows, Σ columnsᵢ]: the gates of a recurrent cell. */
export function sideBySide(parts: readonly Values[]): Values {
  const rows = parts[0]?.shape[0] ?? 0;
  const widths = parts.map((part) => part.data.length / rows);
  const total = widths.reduce((sum, width) => sum + width, 0);
  const data = new Float32Array(rows * total);
  let offset = 0;
  parts.forEach((part, index) => {
    const width = widths[index] as number;
    for (let row = 0; row < rows; row++) {
      data.set(part.data.subarray(row * width, (row + 1) * width), row * total + offset);
    }
    offset += width;
  });
  return { shape: [rows, total], data };
}

/** Householder QR; returns the columns of Q, signed so that R's diagonal would be positive. Overwrites `vectors`. */
function orthonormalColumns(vectors: Float64Array[], size: number): Float64Array[] {
  const signs: number[] = [];
  vectors.forEach((column, k) => {
    let square = 0;
    for (let i = k; i < size; i++) square += (column[i] as number) ** 2;
    const head = column[k] as number;
    const sign = head < 0 ? -1 : 1;
    signs.push(-sign); // the reflection sends the head to -sign·norm
    column[k] = head + sign * Math.sqrt(square);
    let length = 0;
    for (let i = k; i < size; i++) length += (column[i] as number) ** 2;
    const scale = length === 0 ? 0 : 1 / Math.sqrt(length);
    for (let i = k; i < size; i++) column[i] = (column[i] as number) * scale;
    for (let j = k + 1; j < vectors.length; j++) reflect(vectors[j] as Float64Array, column, k, size);
  });
  return vectors.map((_, k) => {
    const unit = new Float64Array(size);
    unit[k] = signs[k] as number;
    for (let j = vectors.length - 1; j >= 0; j--) reflect(unit, vectors[j] as Float64Array, j, size);
    return unit;
  });
}

/** target -= 2 (v·target) v over the entries from `start`. */
function reflect(target: Float64Array, v: Float64Array, start: number, size: number): void {
  let dot = 0;
  for (let i = start; i < size; i++) dot += (v[i] as number) * (target[i] as number);
  dot *= 2;
  for (let i = start; i < size; i++) target[i] = (target[i] as number) - dot * (v[i] as number);
}

function filled(shape: readonly number[], draw: () => number): Values {
  const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
  for (let i = 0; i < data.length; i++) data[i] = draw();
  return { shape: [...shape], data };
}
