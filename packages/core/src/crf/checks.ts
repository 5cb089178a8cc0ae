import { DataError, ShapeError } from "@timestep/base";
import { type Tensor } from "@tensorflow/tfjs-core";
import { type Chain, type EmissionRow } from "./chain.js";

/**
 * Refuses emissions that are not [B, T, K], and lengths that are not B whole numbers from 0 to T.
 *
 * @throws {ShapeError} CRF_EMISSIONS_RANK, CRF_EMISSIONS_SIZE or CRF_LENGTHS.
 */
export function checkEmissions(emissions: Tensor, lengths: readonly number[], tagCount: number): void {
  const shape = `[${emissions.shape.join(", ")}]`;
  if (emissions.shape.length !== 3) {
    throw new ShapeError("CRF_EMISSIONS_RANK", `the CRF expects emissions [B, T, K], got ${shape}.`, {
      hint: "Give one score per row, step and tag; a single sequence is a batch of one.",
    });
  }
  const [batch = 0, steps = 0, width = 0] = emissions.shape;
  if (width !== tagCount) {
    throw new ShapeError("CRF_EMISSIONS_SIZE", `the CRF has ${tagCount} tags, got emissions ${shape}.`, {
      hint: `Project to ${tagCount} outputs, or make the CRF with tagCount: ${width}.`,
    });
  }
  if (lengths.length !== batch) {
    throw new ShapeError(
      "CRF_LENGTHS",
      `emissions ${shape} have ${batch} rows, got ${lengths.length} lengths.`,
      {
        hint: "Give one length per row.",
      },
    );
  }
  for (const [b, length] of lengths.entries()) {
    if (Number.isInteger(length) && length >= 0 && length <= steps) continue;
    throw new ShapeError(
      "CRF_LENGTHS",
      `row ${b} has length ${length}, emissions ${shape} have ${steps} steps.`,
      {
        hint: `Lengths are whole numbers from 0 to ${steps}.`,
      },
    );
  }
}

/**
 * Refuses tags that are not one row per sequence, with a tag from 0 to K-1 for each step of its length. Entries
 * beyond a length are not looked at.
 *
 * @throws {ShapeError} CRF_TAGS when there are too few rows or steps.
 * @throws {DataError} CRF_TAG_RANGE when a tag is no index of a tag.
 */
export function checkTags(
  tags: readonly (readonly number[])[],
  lengths: readonly number[],
  tagCount: number,
): void {
  if (tags.length !== lengths.length) {
    throw new ShapeError("CRF_TAGS", `the batch has ${lengths.length} rows, got tags for ${tags.length}.`, {
      hint: "Give one list of tags per row.",
    });
  }
  for (const [b, length] of lengths.entries()) {
    const row = tags[b] as readonly number[];
    if (row.length < length) {
      throw new ShapeError("CRF_TAGS", `row ${b} has ${length} steps, got ${row.length} tags.`, {
        hint: "Give one tag per step; padding beyond the length may be left out.",
      });
    }
    for (let t = 0; t < length; t++) {
      const tag = row[t] as number;
      if (Number.isInteger(tag) && tag >= 0 && tag < tagCount) continue;
      throw new DataError(
        "CRF_TAG_RANGE",
        `row ${b}, step ${t}: tag ${tag} is not among the ${tagCount} tags.`,
        {
          hint: `Tags are whole numbers from 0 to ${tagCount - 1}.`,
        },
      );
    }
  }
}

/**
 * The reason why a row has no best path or no finite partition.
 *
 * @returns {DataError} CRF_NOT_FINITE when its emissions or the weights hold NaN or Infinity, else CRF_NO_PATH: the
 *   constraints leave no sequence of this length.
 */
export function noPathError(chain: Chain, row: EmissionRow, index: number): DataError {
  const { tagCount } = chain;
  const notFinite = (what: string): DataError =>
    new DataError("CRF_NOT_FINITE", `row ${index}: ${what}.`, {
      hint: "Look for what made it: a diverged model or a broken input.",
    });
  for (let n = 0; n < row.length * tagCount; n++) {
    const value = row.values[row.offset + n] as number;
    if (Number.isFinite(value)) continue;
    return notFinite(`the emission of tag ${n % tagCount} at step ${Math.floor(n / tagCount)} is ${value}`);
  }
  for (const weights of [chain.transitions, chain.start, chain.end]) {
    // -Infinity is what a constraint makes; anything else that is not finite is a weight gone wrong.
    const wrong = weights.find((value) => !Number.isFinite(value) && value !== -Infinity);
    if (wrong !== undefined) return notFinite(`a weight of the CRF is ${wrong}`);
  }
  const message = `row ${index}: the constraints allow no sequence of length ${row.length}.`;
  return new DataError("CRF_NO_PATH", message, {
    hint: "Allow more starts, ends or transitions; tag lists made by hand often lack the I- or E- tag of a type.",
  });
}
