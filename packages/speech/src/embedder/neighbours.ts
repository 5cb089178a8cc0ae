/** A vector with the word that it is of and, where that is known, who said it. */
export interface SpokenVector {
  readonly vector: Float32Array;
  readonly word: string;
  readonly speaker: string | undefined;
}

/** How often the nearest of other vectors is of the same word; percentages. */
export interface NeighbourScores {
  readonly neighbourAccuracy: number;
  /** Among vectors of other speakers alone; undefined where none has another one. */
  readonly speakerAccuracy: number | undefined;
}

/**
 * For each query, the word of its nearest neighbour in a pool by the cosine, after each coordinate has been brought to
 * mean 0 and variance 1 over the pool. No query may stand in the pool.
 */
export function scoreNeighbours(
  queries: readonly SpokenVector[],
  pool: readonly SpokenVector[],
): NeighbourScores {
  const scale = standardiser(pool);
  const known = pool.map((one) => ({ ...one, vector: scale(one.vector) }));
  let right = 0;
  let rightAcross = 0;
  let across = 0;
  for (const query of queries) {
    const vector = scale(query.vector);
    const nearest = nearestTo(vector, known);
    if (nearest?.word === query.word) right++;
    const others = known.filter(({ speaker }) => speaker !== undefined && speaker !== query.speaker);
    if (query.speaker === undefined || others.length === 0) continue;
    across++;
    if (nearestTo(vector, others)?.word === query.word) rightAcross++;
  }
  return {
    neighbourAccuracy: (100 * right) / Math.max(1, queries.length),
    speakerAccuracy: across === 0 ? undefined : (100 * rightAcross) / across,
  };
}

function nearestTo(vector: Float32Array, pool: readonly SpokenVector[]): SpokenVector | undefined {
  let best: SpokenVector | undefined;
  let closest = -Infinity;
  for (const candidate of pool) {
    let likeness = 0;
    for (let i = 0; i < vector.length; i++)
      likeness += (vector[i] as number) * (candidate.vector[i] as number);
    if (likeness <= closest) continue;
    closest = likeness;
    best = candidate;
  }
  return best;
}

/** Standardises by the pool and brings vectors to length 1. */
function standardiser(pool: readonly SpokenVector[]): (vector: Float32Array) => Float32Array {
  const size = pool[0]?.vector.length ?? 0;
  const count = Math.max(1, pool.length);
  const mean = new Float64Array(size);
  const squares = new Float64Array(size);
  for (const { vector } of pool)
    vector.forEach((value, i) => (mean[i] = (mean[i] as number) + value / count));
  for (const { vector } of pool)
    vector.forEach(
      (value, i) => (squares[i] = (squares[i] as number) + (value - (mean[i] as number)) ** 2 / count),
    );
  return (vector) => {
    const scaled = vector.map(
      (value, i) => (value - (mean[i] as number)) / Math.sqrt(Math.max(1e-12, squares[i] as number)),
    );
    const length = Math.sqrt(scaled.reduce((sum, value) => sum + value * value, 0));
    return scaled.map((value) => value / Math.max(1e-12, length));
  };
}
