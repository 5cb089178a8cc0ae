import { DataError } from "@timestep/base";

/**
 * The label that most of the training texts have: what a classifier says that reads nothing. Ties go to the label that
 * was met first.
 *
 * @throws {DataError} DATA_EMPTY when there are no labels.
 */
export function majorityLabel(labels: Iterable<string>): string {
  const counts = new Map<string, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  let best: string | undefined;
  for (const [label, count] of counts) {
    if (best === undefined || count > (counts.get(best) as number)) best = label;
  }
  if (best !== undefined) return best;
  throw new DataError("DATA_EMPTY", "there are no training labels to take the majority of.", {
    hint: "Check that the training split is not empty.",
  });
}
