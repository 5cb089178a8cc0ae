/**
 * What a prefix is worth beside what the frames say of it: a language model, hot words, a bonus for length.
 *
 * Never changes. Each label leads to the bonus of the longer prefix, so a bonus depends on nothing but its labels, and
 * a prefix that is reached along many alignments has one bonus. What is given for a mere hope (the beginning of a hot
 * word) is taken back by a later, smaller `score`.
 */
export interface PrefixBonus {
  /** Nats that are added to ln p of the prefix while more may follow. */
  readonly score: number;
  /** The most that one more label may add to `score`; Infinity where that is not known, at the cost of a slower search. */
  readonly gain: number;
  /** Nats that are added when the prefix is the whole text. */
  final(): number;
  /** The bonus of the prefix with one more label. */
  after(label: number): PrefixBonus;
}

/** Nothing is worth more than the frames say. */
export const noBonus: PrefixBonus = { score: 0, gain: 0, final: () => 0, after: () => noBonus };

/** The sum of several. */
export function combinedBonus(parts: readonly PrefixBonus[]): PrefixBonus {
  const [first = noBonus] = parts;
  if (parts.length < 2) return first;
  return {
    score: parts.reduce((total, { score }) => total + score, 0),
    gain: parts.reduce((total, { gain }) => total + gain, 0),
    final: () => parts.reduce((total, part) => total + part.final(), 0),
    after: (label) => combinedBonus(parts.map((part) => part.after(label))),
  };
}
