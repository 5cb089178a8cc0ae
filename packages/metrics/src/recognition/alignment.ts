import { ConfigError, DataError } from "@timestep/base";
import { Symbols } from "../text/symbols.js";

/** What each error costs when the cheapest alignment is looked for. A correct symbol costs nothing. */
export interface AlignmentCosts {
  readonly substitution: number;
  readonly deletion: number;
  readonly insertion: number;
}

/** NIST's `sclite`: rather a word left out and another put in than three words replaced in a row. */
export const SCLITE_COSTS: AlignmentCosts = { substitution: 4, deletion: 3, insertion: 3 };

/** The fewest errors (Levenshtein 1966), as Kaldi and most libraries count them. */
export const LEVENSHTEIN_COSTS: AlignmentCosts = { substitution: 1, deletion: 1, insertion: 1 };

/** One column of an alignment: a deletion has no hypothesis, an insertion no reference. */
export interface AlignedPair {
  readonly operation: "correct" | "substitution" | "deletion" | "insertion";
  readonly reference: string | undefined;
  readonly hypothesis: string | undefined;
}

/** More cells than this make a table too large to hold. */
const MOST_CELLS = 2 ** 28;

const DIAGONAL = 0;
const DELETION = 1;
const INSERTION = 2;

/**
 * The cheapest alignment of two lists of symbols (Wagner & Fischer 1974, doi:10.1145/321796.321811).
 *
 * Of alignments that cost the same, the one is taken that, read from the end, pairs symbols where it can, and deletes
 * before it inserts.
 *
 * Cost: one cell for each pair of symbols, time and bytes.
 *
 * @throws {DataError} METRIC_TOO_LONG for two texts whose table would not fit into memory.
 * @throws {ConfigError} METRIC_COSTS unless all costs are above 0.
 *
 * @example
 * ```ts
 * align(["a", "b"], ["b"]).map((pair) => pair.operation); // ["deletion", "correct"]
 * ```
 */
export function align(
  reference: readonly string[],
  hypothesis: readonly string[],
  costs: AlignmentCosts = SCLITE_COSTS,
): AlignedPair[] {
  checkCosts(costs);
  if ((reference.length + 1) * (hypothesis.length + 1) > MOST_CELLS) {
    throw new DataError(
      "METRIC_TOO_LONG",
      `a reference of ${reference.length} symbols and a hypothesis of ${hypothesis.length} are too long to align.`,
      { hint: "Score utterance by utterance instead of a whole recording at once." },
    );
  }
  return traceBack(reference, hypothesis, fillMoves(reference, hypothesis, costs));
}

/** For each pair of prefixes, the last step of their cheapest alignment. [reference + 1, hypothesis + 1] */
function fillMoves(
  reference: readonly string[],
  hypothesis: readonly string[],
  { substitution, deletion, insertion }: AlignmentCosts,
): Uint8Array {
  const symbols = new Symbols();
  const rows = symbols.encode(reference);
  const columns = symbols.encode(hypothesis);
  const width = columns.length + 1;
  const moves = new Uint8Array((rows.length + 1) * width);
  const cost = Float64Array.from({ length: width }, (_, column) => column * insertion); // of the row in work
  moves.fill(INSERTION, 1, width);
  for (let row = 1; row <= rows.length; row++) {
    let diagonal = cost[0] as number;
    cost[0] = row * deletion;
    moves[row * width] = DELETION;
    for (let column = 1; column < width; column++) {
      let cheapest = diagonal + (rows[row - 1] === columns[column - 1] ? 0 : substitution);
      let move = DIAGONAL;
      diagonal = cost[column] as number;
      const deleted = diagonal + deletion;
      if (deleted < cheapest) {
        cheapest = deleted;
        move = DELETION;
      }
      const inserted = (cost[column - 1] as number) + insertion;
      if (inserted < cheapest) {
        cheapest = inserted;
        move = INSERTION;
      }
      cost[column] = cheapest;
      moves[row * width + column] = move;
    }
  }
  return moves;
}

function traceBack(
  references: readonly string[],
  hypotheses: readonly string[],
  moves: Uint8Array,
): AlignedPair[] {
  const pairs: AlignedPair[] = [];
  const width = hypotheses.length + 1;
  let row = references.length;
  let column = hypotheses.length;
  while (row > 0 || column > 0) {
    const move = moves[row * width + column];
    const reference = move === INSERTION ? undefined : references[--row];
    const hypothesis = move === DELETION ? undefined : hypotheses[--column];
    pairs.push({ operation: operationOf(reference, hypothesis), reference, hypothesis });
  }
  return pairs.reverse();
}

function operationOf(
  reference: string | undefined,
  hypothesis: string | undefined,
): AlignedPair["operation"] {
  if (hypothesis === undefined) return "deletion";
  if (reference === undefined) return "insertion";
  return reference === hypothesis ? "correct" : "substitution";
}

function checkCosts(costs: AlignmentCosts): void {
  for (const [name, cost] of Object.entries(costs)) {
    if (cost > 0 && cost < Infinity) continue;
    throw new ConfigError("METRIC_COSTS", `an alignment cannot count a ${name} at ${cost}.`, {
      hint: "Costs are above 0; SCLITE_COSTS has 4, 3, 3 and LEVENSHTEIN_COSTS 1, 1, 1.",
    });
  }
}
