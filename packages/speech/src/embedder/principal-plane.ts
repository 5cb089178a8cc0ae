import { seeded } from "@timestep/base";

/** Vectors as points in the plane in which they differ most. */
export interface PrincipalPlane {
  /** Coordinates along both axes, in the order of the vectors. */
  readonly points: readonly (readonly [number, number])[];
  /** Share of the variance along each axis, 0 to 1. */
  readonly shares: readonly [number, number];
}

/** Products with the covariance that bring two axes near enough for a picture. */
const rounds = 200;

/**
 * The first two principal components of vectors of one length, by orthogonal iteration on their covariance. An axis points
 * to where its largest coordinate is positive, so that the same vectors make the same picture.
 *
 * @see Golub & Van Loan, Matrix Computations, 4th edition, section 8.2.4.
 */
export function principalPlane(vectors: readonly Float32Array[]): PrincipalPlane {
  const size = vectors[0]?.length ?? 0;
  const mean = new Float64Array(size);
  for (const vector of vectors)
    vector.forEach((value, i) => (mean[i] = (mean[i] as number) + value / vectors.length));
  const centred = vectors.map((vector) =>
    Float64Array.from(vector, (value, i) => value - (mean[i] as number)),
  );
  const random = seeded(1);
  const drawn = (): Float64Array => Float64Array.from({ length: size }, () => random.normal());
  let first = unit(drawn());
  let second = unit(without(drawn(), first));
  for (let round = 0; round < rounds; round++) {
    first = unit(timesScatter(centred, first));
    second = unit(without(timesScatter(centred, second), first));
  }
  const axes = [turned(first), turned(second)] as const;
  const points = centred.map((vector) => [dot(vector, axes[0]), dot(vector, axes[1])] as const);
  const total = Math.max(1e-300, sum(centred.map((vector) => dot(vector, vector))));
  const share = (axis: 0 | 1): number => sum(points.map((point) => point[axis] ** 2)) / total;
  return { points, shares: [share(0), share(1)] };
}

/** The scatter matrix of vectors, the sum of x·xᵀ, times an axis. */
function timesScatter(vectors: readonly Float64Array[], axis: Float64Array): Float64Array {
  const result = new Float64Array(axis.length);
  for (const vector of vectors) {
    const along = dot(vector, axis);
    for (let i = 0; i < result.length; i++) result[i] = (result[i] as number) + along * (vector[i] as number);
  }
  return result;
}

function without(vector: Float64Array, axis: Float64Array): Float64Array {
  const along = dot(vector, axis);
  return vector.map((value, i) => value - along * (axis[i] as number));
}

/** A vector of length 1; zeros stay zeros. */
function unit(vector: Float64Array): Float64Array {
  const length = Math.sqrt(dot(vector, vector));
  return length === 0 ? vector : vector.map((value) => value / length);
}

function turned(axis: Float64Array): Float64Array {
  const largest = axis.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best), 0);
  return largest < 0 ? axis.map((value) => -value) : axis;
}

function dot(a: Float64Array, b: Float64Array): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += (a[i] as number) * (b[i] as number);
  return total;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
