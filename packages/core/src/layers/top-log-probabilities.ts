import { ShapeError } from "@timestep/base";
import { dispose, engine, type Tensor, type Tensor2D } from "@tensorflow/tfjs-core";
import { engineHas } from "../own-kernels.js";

/** What may not be chosen. */
export interface TopOptions {
  /** Ids that no row may choose. */
  readonly suppress?: readonly number[];
  /** Ids that one row may not choose, a list for each row. */
  readonly suppressInRow?: readonly (readonly number[])[];
}

/** The best of each row, best first. */
export interface TopLogProbabilities {
  /** Log-probabilities [R, k]; -Infinity where a row has no more to choose. */
  readonly values: Float32Array;
  /** Their ids [R, k]; -1 where a row has no more to choose. */
  readonly ids: Int32Array;
}

/**
 * The k most probable ids of each row with their log-probabilities, log softmax(logits). Of equal logits the lower id
 * comes first. An id that is suppressed keeps its share of the probability; it is only never chosen, as one whose logit
 * is -Infinity. Where fewer than k are left, the rest is filled with id -1 and value -Infinity.
 *
 * **Shapes.** `logits` [R, V] -> `values` and `ids` [R, k], as typed arrays: what follows is a search in plain code.
 *
 * **Cost.** Three passes over each row, by the kernel `TimestepTopLogProbabilities` where the engine has it and in plain
 * code elsewhere; an insertion for each logit that is among the best when its turn comes.
 *
 * @throws {ShapeError} TOP_COUNT when k is no whole number from 1; TOP_SUPPRESS when a suppressed id is none of 0 … V-1
 *   or `suppressInRow` has not one list a row; TOP_LOGITS when a logit is NaN or +Infinity, or all of a row are -Infinity.
 * @throws {EngineError} ENGINE_READS_LATER on webgpu, where {@link topLogProbabilitiesAsync} does the same.
 */
export function topLogProbabilities(
  logits: Tensor2D,
  k: number,
  options: TopOptions = {},
): TopLogProbabilities {
  const suppressed = checkedSuppression(logits, k, options);
  if (engineHas(kernelName)) return selectedByKernel(logits, k, suppressed);
  return selected(logits.dataSync<"float32">(), logits.shape, k, suppressed);
}

/** The same for engines that cannot read a tensor without waiting. */
export async function topLogProbabilitiesAsync(
  logits: Tensor2D,
  k: number,
  options: TopOptions = {},
): Promise<TopLogProbabilities> {
  const suppressed = checkedSuppression(logits, k, options);
  if (engineHas(kernelName)) return selectedByKernel(logits, k, suppressed);
  return selected(await logits.data<"float32">(), logits.shape, k, suppressed);
}

/** Ids that each row may not choose; one list for all rows comes first in each. */
type Suppressed = (row: number) => readonly number[];

function checkedSuppression(
  { shape: [rows, classes] }: Tensor2D,
  k: number,
  { suppress = [], suppressInRow }: TopOptions,
): Suppressed {
  if (!Number.isInteger(k) || k < 1) {
    throw new ShapeError("TOP_COUNT", `the best ${k} of a row were asked for.`, {
      hint: "Ask for a whole number from 1.",
    });
  }
  if (suppressInRow !== undefined && suppressInRow.length !== rows) {
    throw new ShapeError(
      "TOP_SUPPRESS",
      `${rows} rows got ${suppressInRow.length} lists of suppressed ids.`,
      {
        hint: "Give a list for each row; it may be empty.",
      },
    );
  }
  for (const ids of [suppress, ...(suppressInRow ?? [])]) {
    const wrong = ids.find((id) => !Number.isInteger(id) || id < 0 || id >= classes);
    if (wrong !== undefined) {
      throw new ShapeError("TOP_SUPPRESS", `id ${wrong} cannot be suppressed among ${classes}.`, {
        hint: `Ids go from 0 to ${classes - 1}.`,
      });
    }
  }
  return (row) => (suppressInRow === undefined ? suppress : [...suppress, ...(suppressInRow[row] ?? [])]);
}

/**
 * Kernel of an engine: {logits [R, V]} and the attributes `count`, `suppressed` (the ids of all rows one after the other)
 * and `starts` (where each row's begin, and where the last one's end) -> values [R, count] and int32 ids [R, count]. The
 * values of a row that is not usable are NaN.
 */
const kernelName = "TimestepTopLogProbabilities";

function selectedByKernel(logits: Tensor2D, k: number, suppressed: Suppressed): TopLogProbabilities {
  const lists = Array.from({ length: logits.shape[0] }, (_, row) => suppressed(row));
  const starts = new Int32Array(lists.length + 1);
  lists.forEach((list, row) => (starts[row + 1] = (starts[row] as number) + list.length));
  const attributes = { count: k, suppressed: Int32Array.from(lists.flat()), starts };
  // TF.js types attributes as numbers and strings; it hands on whatever it gets.
  const results: Tensor[] = engine().runKernel(kernelName, { logits }, attributes as never);
  const [values, ids] = results as [Tensor, Tensor];
  const best = { values: values.dataSync<"float32">(), ids: ids.dataSync<"int32">() };
  dispose(results);
  // The plain code looks closer and says what is wrong.
  if (best.values.some(Number.isNaN))
    return selected(logits.dataSync<"float32">(), logits.shape, k, suppressed);
  return best;
}

/** A pass over each row's numbers for the largest, one for the sum and the selection. */
function selected(
  logits: Float32Array,
  [rows, classes]: readonly [number, number],
  k: number,
  suppressed: Suppressed,
): TopLogProbabilities {
  const values = new Float32Array(rows * k).fill(-Infinity);
  const ids = new Int32Array(rows * k).fill(-1);
  for (let r = 0; r < rows; r++) {
    const row = logits.slice(r * classes, (r + 1) * classes);
    let largest = -Infinity;
    for (const logit of row) largest = Math.max(largest, logit); // NaN stays NaN
    if (!Number.isFinite(largest)) throw unusable(r, largest);
    let total = 0;
    for (const logit of row) total += Math.exp(logit - largest);
    const rest = Math.log(total);
    for (const id of suppressed(r)) row[id] = -Infinity;
    keepBest(row, values.subarray(r * k, (r + 1) * k), ids.subarray(r * k, (r + 1) * k));
    for (let n = r * k; n < (r + 1) * k; n++) values[n] = (values[n] as number) - largest - rest;
  }
  return { values, ids };
}

/** Sorts the best of a row into `values` and `ids`, which are full of -Infinity and -1. */
function keepBest(row: Float32Array, values: Float32Array, ids: Int32Array): void {
  const last = values.length - 1;
  for (let id = 0; id < row.length; id++) {
    const value = row[id] as number;
    if (!(value > (values[last] as number))) continue;
    let place = last;
    for (; place > 0 && value > (values[place - 1] as number); place--) {
      values[place] = values[place - 1] as number;
      ids[place] = ids[place - 1] as number;
    }
    values[place] = value;
    ids[place] = id;
  }
}

function unusable(row: number, largest: number): ShapeError {
  const what = Number.isNaN(largest) ? "a logit that is NaN" : `${largest} for its largest logit`;
  return new ShapeError("TOP_LOGITS", `row ${row} has ${what}, so nothing can be chosen from it.`, {
    hint: "The model's weights or inputs are not finite; look at the loss of its training.",
  });
}
