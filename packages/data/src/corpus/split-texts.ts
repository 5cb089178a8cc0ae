import { ConfigError, DataError, type Random, seeded } from "@timestep/base";

/** Anything with a class. */
export interface Labelled {
  readonly label: string;
}

/** Two parts of a list, each in the list's order. */
export interface HeldOut<Example> {
  readonly kept: Example[];
  readonly held: Example[];
}

/**
 * Sets a share of the examples aside, the same share of each label: a dev split for a corpus that has none. The same
 * seed gives the same parts.
 *
 * @param share Above 0 and below 1; the held part has round(share · N) examples, and at least one.
 * @throws {ConfigError} SPLIT_SHARE
 * @throws {DataError} SPLIT_TOO_FEW when there are fewer than two examples.
 */
export function holdOut<Example extends Labelled>(
  examples: readonly Example[],
  { share, seed }: { readonly share: number; readonly seed: number },
): HeldOut<Example> {
  if (!(share > 0 && share < 1)) {
    throw new ConfigError("SPLIT_SHARE", `the share to set aside is ${share}, expected above 0 and below 1.`);
  }
  if (examples.length < 2) throw tooFew(examples.length, 2);
  const wanted = Math.min(examples.length - 1, Math.max(1, Math.round(share * examples.length)));
  // Dealt label by label, every (N/wanted)-th card goes to the held part: each label gives its share, rounded.
  const held = new Set<number>();
  for (const [position, index] of dealt(examples, seeded(seed).fork("hold-out")).entries()) {
    const before = Math.floor((position * wanted) / examples.length);
    if (Math.floor(((position + 1) * wanted) / examples.length) > before) held.add(index);
  }
  return {
    kept: examples.filter((_example, index) => !held.has(index)),
    held: examples.filter((_example, index) => held.has(index)),
  };
}

/** One round of a cross-validation: train on one part, test on the other. */
export interface Fold<Example> {
  readonly train: Example[];
  readonly test: Example[];
}

/**
 * Cuts examples into k parts of equal size, give or take one, with each label spread evenly over them; each part is the
 * test part of one round. The same seed gives the same folds.
 *
 * @throws {ConfigError} SPLIT_FOLDS when `folds` is no whole number of at least 2.
 * @throws {DataError} SPLIT_TOO_FEW when there are fewer examples than folds.
 */
export function stratifiedFolds<Example extends Labelled>(
  examples: readonly Example[],
  { folds, seed }: { readonly folds: number; readonly seed: number },
): Fold<Example>[] {
  if (!Number.isInteger(folds) || folds < 2) {
    throw new ConfigError(
      "SPLIT_FOLDS",
      `the number of folds is ${folds}, expected a whole number of at least 2.`,
    );
  }
  if (examples.length < folds) throw tooFew(examples.length, folds);
  const part = new Map<number, number>();
  for (const [position, index] of dealt(examples, seeded(seed).fork("folds")).entries()) {
    part.set(index, position % folds);
  }
  return Array.from({ length: folds }, (_, fold) => ({
    train: examples.filter((_example, index) => part.get(index) !== fold),
    test: examples.filter((_example, index) => part.get(index) === fold),
  }));
}

/** Indices of the examples, one label after the other, shuffled within each. */
function dealt(examples: readonly Labelled[], random: Random): number[] {
  const byLabel = new Map<string, number[]>();
  for (const [index, { label }] of examples.entries()) {
    const indices = byLabel.get(label) ?? [];
    byLabel.set(label, indices);
    indices.push(index);
  }
  // Sorted, so that the order in which labels are met changes nothing.
  const labels = [...byLabel.keys()].sort();
  return labels.flatMap((label) => random.fork(label).shuffled(byLabel.get(label) as number[]));
}

function tooFew(there: number, needed: number): DataError {
  return new DataError("SPLIT_TOO_FEW", `${there} examples cannot be cut into ${needed} parts.`, {
    hint: "Use fewer folds, or more data.",
  });
}
