import { DataError } from "@timestep/base";

/** How much recall counts beside precision in the COCO evaluation. */
const BETA = 1.2;

/**
 * ROUGE-L of one caption as the COCO evaluation computes it: F of the longest common subsequence's share in the caption and
 * in the reference, with β = 1.2. With several references, the best precision and the best recall are taken, which need not
 * come from the same one.
 *
 * @param references In words, at least one.
 * @returns 0 to 100.
 * @throws {DataError} METRIC_REFERENCE without references.
 * @see Lin 2004, "ROUGE: a package for automatic evaluation of summaries".
 */
export function rougeL(references: readonly (readonly string[])[], caption: readonly string[]): number {
  if (references.length === 0) {
    throw new DataError("METRIC_REFERENCE", "a caption has no references to score against.", {
      hint: "Leave the image out, or give it a caption.",
    });
  }
  let precision = 0;
  let recall = 0;
  for (const reference of references) {
    const common = longestCommonSubsequence(reference, caption);
    if (common === 0) continue;
    precision = Math.max(precision, common / caption.length);
    recall = Math.max(recall, common / reference.length);
  }
  if (precision === 0) return 0;
  const weight = BETA * BETA;
  return (100 * (1 + weight) * precision * recall) / (recall + weight * precision);
}

/** Length of the longest list that is left of both when words are struck out. */
export function longestCommonSubsequence(a: readonly string[], b: readonly string[]): number {
  const lengths = new Int32Array(b.length + 1); // by prefix of b, for the prefix of a in work
  for (const word of a) {
    let diagonal = 0;
    for (let column = 1; column <= b.length; column++) {
      const above = lengths[column] as number;
      const left = lengths[column - 1] as number;
      lengths[column] = word === b[column - 1] ? diagonal + 1 : Math.max(above, left);
      diagonal = above;
    }
  }
  return lengths[b.length] as number;
}
