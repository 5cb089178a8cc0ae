/** A vector with the word that it is of and, where that is known, who said it. */
export interface SpokenVector {
  readonly vector: Float32Array;
  readonly word: string;
  readonly speaker: string | undefined;
}

/** What lies nearest to one vector in a pool. */
export interface Neighbour {
  readonly query: SpokenVector;
  /** Undefined of an empty pool. */
  readonly nearest: SpokenVector | undefined;
  /** Among vectors of other speakers alone; undefined where the speaker or another one is not known. */
  readonly acrossSpeakers: SpokenVector | undefined;
}

/** How often the nearest of other vectors is of the same word; percentages. */
export interface NeighbourScores {
  readonly neighbourAccuracy: number;
  /** Among vectors of other speakers alone; undefined where none has another one. */
  readonly speakerAccuracy: number | undefined;
}

/**
 * The nearest of a pool to each query by the cosine, after each coordinate has been brought to mean 0 and variance 1 over
 * the pool; of equally near ones the first. No query may stand in the pool.
 */
export function nearestNeighbours(
  queries: readonly SpokenVector[],
  pool: readonly SpokenVector[],
): Neighbour[] {
  const scale = standardiser(pool.map(({ vector }) => vector));
  const known = pool.map((one) => ({ one, vector: scale(one.vector) }));
  return queries.map((query) => {
    const vector = scale(query.vector);
    const others = known.filter(({ one }) => one.speaker !== undefined && one.speaker !== query.speaker);
    return {
      query,
      nearest: nearestTo(vector, known),
      acrossSpeakers: query.speaker === undefined ? undefined : nearestTo(vector, others),
    };
  });
}

/** How often neighbours are of the same word as what they are neighbours of. */
export function scoreNeighbours(neighbours: readonly Neighbour[]): NeighbourScores {
  const across = neighbours.filter(({ acrossSpeakers }) => acrossSpeakers !== undefined);
  const share = (right: number, of: number): number => (100 * right) / Math.max(1, of);
  const same = neighbours.filter(({ query, nearest }) => nearest?.word === query.word);
  const sameAcross = across.filter(({ query, acrossSpeakers }) => acrossSpeakers?.word === query.word);
  return {
    neighbourAccuracy: share(same.length, neighbours.length),
    speakerAccuracy: across.length === 0 ? undefined : share(sameAcross.length, across.length),
  };
}

interface Candidate {
  readonly one: SpokenVector;
  readonly vector: Float32Array;
}

function nearestTo(vector: Float32Array, pool: readonly Candidate[]): SpokenVector | undefined {
  let best: SpokenVector | undefined;
  let closest = -Infinity;
  for (const candidate of pool) {
    let likeness = 0;
    for (let i = 0; i < vector.length; i++)
      likeness += (vector[i] as number) * (candidate.vector[i] as number);
    if (likeness <= closest) continue;
    closest = likeness;
    best = candidate.one;
  }
  return best;
}

/** Standardises vectors by those of a pool and brings them to length 1. */
export function standardiser(pool: readonly Float32Array[]): (vector: Float32Array) => Float32Array {
  const size = pool[0]?.length ?? 0;
  const count = Math.max(1, pool.length);
  const mean = new Float64Array(size);
  const squares = new Float64Array(size);
  for (const vector of pool) vector.forEach((value, i) => (mean[i] = (mean[i] as number) + value / count));
  for (const vector of pool)
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
