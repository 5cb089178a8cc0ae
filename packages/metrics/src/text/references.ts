import { DataError } from "@timestep/base";
import { checkPaired } from "../check.js";

/**
 * The references that count: a sentence may leave some of its references empty, but needs one.
 *
 * @param references The references of each sentence.
 * @param hypotheses How many sentences were predicted.
 * @throws {DataError} METRIC_EMPTY, METRIC_LENGTH; METRIC_REFERENCE for a sentence without a reference.
 */
export function usableReferences(
  references: readonly (readonly string[])[],
  hypotheses: number,
): (readonly string[])[] {
  checkPaired(references.length, hypotheses, "sentences");
  return references.map((texts, index) => {
    const usable = texts.every((text) => text !== "") ? texts : texts.filter((text) => text !== "");
    if (usable.length > 0) return usable;
    throw new DataError("METRIC_REFERENCE", `sentence ${index + 1} has no reference, or only empty ones.`, {
      hint: "Leave the sentence out on both sides, or give it a reference.",
    });
  });
}

/** `nrefs` of a signature: how many references every sentence has, `var` when they differ. */
export function referenceCount(references: readonly (readonly string[])[]): string {
  const first = references[0]?.length ?? 0;
  return references.every((texts) => texts.length === first) ? String(first) : "var";
}

/** Last part of a signature. The number goes up when a change here could change a score. */
export const SCORER_VERSION = "version:timestep.1";
