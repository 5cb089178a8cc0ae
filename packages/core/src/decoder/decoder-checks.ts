import { ShapeError } from "@timestep/base";
import { checkMemoryRows, type Memory } from "../attention/index.js";

/** @throws {ShapeError} DECODER_INPUT when `shape` is not that of `axes` and last `size`. */
export function checkInput(
  name: string,
  shape: readonly number[],
  axes: readonly string[],
  size: number,
): void {
  if (shape.length === axes.length + 1 && shape.at(-1) === size) return;
  throw new ShapeError(
    "DECODER_INPUT",
    `${name} expects [${axes.join(", ")}, ${size}], got [${shape.join(", ")}].`,
    { hint: `Give embedded tokens of size ${size}.` },
  );
}

/**
 * Whole lengths of all rows.
 *
 * @throws {ShapeError} DECODER_LENGTHS when there is not one whole length from 0 to T for each row.
 */
export function checkedLengths(
  name: string,
  lengths: ArrayLike<number> | undefined,
  batch: number,
  time: number,
): number[] {
  const whole = lengths === undefined ? Array<number>(batch).fill(time) : Array.from(lengths);
  const wrong = whole.findIndex((length) => !Number.isInteger(length) || length < 0 || length > time);
  if (whole.length === batch && wrong < 0) return whole;
  const came =
    whole.length !== batch ? `${whole.length} lengths` : `length ${whole[wrong] ?? ""} for row ${wrong}`;
  throw new ShapeError(
    "DECODER_LENGTHS",
    `${name} expects ${batch} whole lengths from 0 to ${time}, got ${came}.`,
    { hint: "Lengths count steps; one for each row." },
  );
}

/**
 * @throws {ShapeError} DECODER_MEMORY when a memory is there or missing against `looks`, or when its rows, or those of
 *   `memoryOf`, are not as many as the batch has; MEMORY_ROW when `memoryOf` names one that is not there.
 */
export function checkMemory(
  name: string,
  looks: boolean,
  rows: number,
  memory: Memory | undefined,
  memoryOf?: Int32Array,
): void {
  const expected = (what: string): ShapeError =>
    new ShapeError("DECODER_MEMORY", `${name} expects ${what}.`, {
      hint: 'Give a memory with a row for each row of the batch; leave it out with attend: "never".',
    });
  if (memory === undefined) {
    if (looks) throw expected("a memory, got none");
    return;
  }
  if (!looks) throw expected("no memory, for it never looks at one, got one");
  const given = memoryOf?.length ?? memory.values.shape[0];
  if (given !== rows) throw expected(`a row of memory for each of ${rows} rows, got ${given}`);
  if (memoryOf !== undefined) checkMemoryRows(memoryOf, memory.values.shape[0]);
}
