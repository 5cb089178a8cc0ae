import { ShapeError } from "@timestep/base";
import { dispose } from "@tensorflow/tfjs-core";
import { type MobileNet } from "../mobilenet/mobilenet.js";
import { type Picture } from "../picture.js";
import { type PictureTable } from "./picture-table.js";

/**
 * What a network saw in one picture, the grid in bytes: value = byte · step.
 *
 * A grid that lies between 0 and 6, as behind relu6, has the step 6/255. A value is then off by at most half a step,
 * 0.0118, and the smallest that differs from 0 is 0.0235; the mean over the grid is kept as it was.
 */
export interface GridFeatures {
  /** Height, width, channels. */
  readonly shape: readonly [number, number, number];
  /** [height, width, channels]. */
  readonly grid: Uint8Array;
  readonly step: number;
  /** The mean over the grid before it became bytes: [channels]. */
  readonly pooled: Float32Array;
}

/** The largest value that the bytes of a grid stand for. */
export const LARGEST_FEATURE = 6;

/** Numbers to bytes: the nearest multiple of 6/255, what lies outside 0 to 6 at its end. */
export function quantise(values: Float32Array): { grid: Uint8Array; step: number } {
  const step = LARGEST_FEATURE / 255;
  // A clamped array rounds to the nearest and holds the rest between 0 and 255.
  const grid = new Uint8ClampedArray(values.length);
  for (let i = 0; i < values.length; i++) grid[i] = (values[i] as number) / step;
  return { grid: new Uint8Array(grid.buffer), step };
}

/** Features of several pictures in one pass of the network, in their order. */
export async function pictureFeatures(
  network: MobileNet,
  pictures: readonly Picture[],
): Promise<GridFeatures[]> {
  if (pictures.length === 0) return [];
  const input = network.input(pictures);
  const { grid, pooled } = network.features(input);
  const [grids, means] = await Promise.all([grid.data<"float32">(), pooled.data<"float32">()]);
  dispose([input, grid, pooled]);
  const shape = network.gridShape;
  const [each, channels] = [shape[0] * shape[1] * shape[2], shape[2]];
  return pictures.map((_, at) => ({
    shape,
    ...quantise(grids.subarray(at * each, (at + 1) * each)),
    pooled: means.slice(at * channels, (at + 1) * channels),
  }));
}

interface FeatureMemory {
  readonly grids: Uint8Array;
  readonly means: Float32Array;
  readonly steps: Float64Array;
}

function roomFor(count: number, [height, width, channels]: readonly [number, number, number]): FeatureMemory {
  return {
    grids: new Uint8Array(count * height * width * channels),
    means: new Float32Array(count * channels),
    steps: new Float64Array(count),
  };
}

/**
 * Features of many pictures in one piece of memory: a byte a value, so that the grids of 8,000 pictures (7×7×1280) take
 * 502 MB and a batch of them becomes floats only when it is wanted.
 */
export class PackedFeatures implements PictureTable {
  /** Room for `count` pictures whose grids have the given height, width and channels. */
  constructor(
    readonly count: number,
    readonly shape: readonly [number, number, number],
    private readonly memory: FeatureMemory = roomFor(count, shape),
  ) {}

  /** The first rows alone, in the same memory. */
  first(count: number): PackedFeatures {
    return new PackedFeatures(count, this.shape, this.memory);
  }

  /** @throws {ShapeError} FEATURES_ROW, FEATURES_SHAPE when the row or the shape of the grid does not fit. */
  set(row: number, features: GridFeatures): void {
    this.check(row);
    if (String(features.shape) !== String(this.shape)) {
      throw new ShapeError(
        "FEATURES_SHAPE",
        `these features are of shape [${this.shape.join(", ")}], got [${features.shape.join(", ")}].`,
        { hint: "All pictures must come from one network." },
      );
    }
    this.memory.grids.set(features.grid, row * features.grid.length);
    this.memory.means.set(features.pooled, row * features.pooled.length);
    this.memory.steps[row] = features.step;
  }

  /** Grids of some pictures as floats, [rows, height, width, channels]. @throws {ShapeError} FEATURES_ROW. */
  gridsOf(rows: ArrayLike<number>): Float32Array {
    const each = this.shape[0] * this.shape[1] * this.shape[2];
    const values = new Float32Array(rows.length * each);
    for (let at = 0; at < rows.length; at++) {
      const row = this.check(rows[at] as number);
      const step = this.memory.steps[row] as number;
      const [from, to] = [row * each, at * each];
      for (let i = 0; i < each; i++) values[to + i] = (this.memory.grids[from + i] as number) * step;
    }
    return values;
  }

  /** Means of some pictures, [rows, channels]. @throws {ShapeError} FEATURES_ROW. */
  meansOf(rows: ArrayLike<number>): Float32Array {
    const channels = this.shape[2];
    const values = new Float32Array(rows.length * channels);
    for (let at = 0; at < rows.length; at++) {
      const from = this.check(rows[at] as number) * channels;
      values.set(this.memory.means.subarray(from, from + channels), at * channels);
    }
    return values;
  }

  private check(row: number): number {
    if (Number.isInteger(row) && row >= 0 && row < this.count) return row;
    throw new ShapeError("FEATURES_ROW", `there are features of ${this.count} pictures, no row ${row}.`);
  }
}
