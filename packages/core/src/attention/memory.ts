import { ShapeError } from "@timestep/base";
import { gather, mul, sub, tensor1d, tensor2d, type Tensor2D, type Tensor3D } from "@tensorflow/tfjs-core";

/** What a decoder looks at: for instance the outputs of an encoder, or the regions of a picture. */
export interface Memory {
  /** [B, S, M] */
  readonly values: Tensor3D;
  /** Whole places of each row, 0..S; what lies beyond them is never seen. */
  readonly lengths: readonly number[];
}

/** A memory with all that is computed once and serves every step. */
export interface PreparedMemory extends Memory {
  /** What queries are compared with, [B, S, A]; the values themselves where the score needs no others. */
  readonly keys: Tensor3D;
  /** Undefined where every row is full. */
  readonly mask: MemoryMask | undefined;
}

/** Which places a memory has. */
export interface MemoryMask {
  /** 1 where there is a place, [B, S]. */
  readonly present: Tensor2D;
  /** What an energy is raised by: 0 where there is a place, a very low number beyond, [B, S]. */
  readonly penalty: Tensor2D;
}

/**
 * The mask of a memory.
 *
 * @throws {ShapeError} MEMORY_LENGTHS when there is not one whole length from 0 to S for each row; MEMORY_SHAPE when the
 *   values are not [B, S, `size`] with at least one place.
 */
export function memoryMask({ values, lengths }: Memory, size: number): MemoryMask | undefined {
  const shape: readonly number[] = values.shape;
  if (shape.length !== 3 || shape[1] === 0 || shape[2] !== size) {
    throw new ShapeError("MEMORY_SHAPE", `a memory is [B, S, ${size}], got [${shape.join(", ")}].`, {
      hint: "Give at least one place a row, with a length of 0 for a row that has none; memorySize is the last axis.",
    });
  }
  const [batch, places] = values.shape;
  const wrong = lengths.findIndex((length) => !Number.isInteger(length) || length < 0 || length > places);
  if (lengths.length !== batch || wrong >= 0) {
    const came =
      lengths.length !== batch
        ? `${lengths.length} lengths`
        : `length ${lengths[wrong] ?? ""} for row ${wrong}`;
    throw new ShapeError(
      "MEMORY_LENGTHS",
      `a memory [${shape.join(", ")}] expects ${batch} whole lengths from 0 to ${places}, got ${came}.`,
      { hint: "Lengths count places; one for each row." },
    );
  }
  if (lengths.every((length) => length === places)) return undefined;
  const rows = lengths.map((length) => Array.from({ length: places }, (_, j) => (j < length ? 1 : 0)));
  const present = tensor2d(rows, [batch, places]);
  return { present, penalty: mul(sub(present, 1), 1e9) };
}

/**
 * @throws {ShapeError} MEMORY_ROW when a row names a memory that is not among the `batch` that there are.
 */
export function checkMemoryRows(memoryOf: Int32Array, batch: number): void {
  const wrong = memoryOf.findIndex((row) => row < 0 || row >= batch);
  if (wrong < 0) return;
  throw new ShapeError(
    "MEMORY_ROW",
    `row ${wrong} looks at row ${memoryOf[wrong] ?? ""} of a memory of ${batch}.`,
    { hint: `Name rows from 0 to ${batch - 1}.` },
  );
}

/** The memory that each of R rows looks at: row r sees row `memoryOf[r]` of `memory`. */
export function memoryRows(memory: PreparedMemory, memoryOf: Int32Array): PreparedMemory {
  const batch = memory.values.shape[0];
  checkMemoryRows(memoryOf, batch);
  if (memoryOf.length === batch && memoryOf.every((row, index) => row === index)) return memory;
  const { values, keys, mask } = memory;
  const rows = tensor1d(memoryOf, "int32");
  const picked = gather(values, rows);
  return {
    values: picked,
    lengths: Array.from(memoryOf, (row) => memory.lengths[row] as number),
    keys: keys === values ? picked : gather(keys, rows),
    mask: mask && { present: gather(mask.present, rows), penalty: gather(mask.penalty, rows) },
  };
}

/** Frees what a memory was given by its preparation; the values stay the caller's. */
export function disposePrepared({ keys, values, mask }: PreparedMemory): void {
  if (keys !== values) keys.dispose();
  mask?.present.dispose();
  mask?.penalty.dispose();
}
