import { type ChunkScores } from "./conlleval.js";

/**
 * The scores in the layout that `conlleval` prints: a line of counts, a line of overall percentages, then a line for each
 * type, closed by its number of predicted chunks. Ends in a line break.
 */
export function formatConlleval(scores: ChunkScores): string {
  const lines = [
    `processed ${scores.tokens} tokens with ${scores.gold} phrases; ` +
      `found: ${scores.predicted} phrases; correct: ${scores.correct}.`,
  ];
  if (scores.tokens > 0) lines.push(`accuracy: ${fixed(scores.tokenAccuracy)}%; ${rates(scores)}`);
  for (const [type, counts] of scores.types)
    lines.push(`${type.padStart(17)}: ${rates(counts)}  ${counts.predicted}`);
  return lines.map((line) => `${line}\n`).join("");
}

function rates(counts: { readonly precision: number; readonly recall: number; readonly f1: number }): string {
  return `precision: ${fixed(counts.precision)}%; recall: ${fixed(counts.recall)}%; FB1: ${fixed(counts.f1)}`;
}

/**
 * C's `%6.2f`. JavaScript's `toFixed` rounds an exact half up where C rounds it to even; with two decimals only odd
 * multiples of 1/8 are exact halves (3.125 prints as 3.12).
 */
export function fixed(value: number): string {
  const eighths = value * 8;
  if (!Number.isInteger(eighths) || eighths % 2 === 0) return value.toFixed(2).padStart(6);
  const below = Math.floor(value * 100);
  return ((below % 2 === 0 ? below : below + 1) / 100).toFixed(2).padStart(6);
}
