import { ShapeError } from "@timestep/base";
import { type Picture } from "../picture.js";

/** Pictures as a network takes them: a grid of vectors each, such as features, or the pixels themselves. */
export interface PictureTable {
  /** Number of pictures. */
  readonly count: number;
  /** Height, width, channels. */
  readonly shape: readonly [number, number, number];
  /** Grids of some pictures as floats, [rows, height, width, channels]. @throws {ShapeError} when a row is missing. */
  gridsOf(rows: ArrayLike<number>): Float32Array;
  /** Means over the places, [rows, channels], of a table that has them beside its grids. */
  meansOf?(rows: ArrayLike<number>): Float32Array;
}

/** Means of features as grids of a single place, for networks that do not look at places. */
export class MeanTable implements PictureTable {
  readonly count: number;
  readonly shape: readonly [number, number, number];

  /** @param means The means of all pictures, [count, channels]. */
  constructor(
    private readonly means: Float32Array,
    channels: number,
  ) {
    this.count = means.length / channels;
    this.shape = [1, 1, channels];
  }

  gridsOf(rows: ArrayLike<number>): Float32Array {
    const channels = this.shape[2];
    const values = new Float32Array(rows.length * channels);
    for (let at = 0; at < rows.length; at++) {
      const from = checkedRow(rows[at] as number, this.count) * channels;
      values.set(this.means.subarray(from, from + channels), at * channels);
    }
    return values;
  }

  meansOf(rows: ArrayLike<number>): Float32Array {
    return this.gridsOf(rows);
  }
}

/** Pixels as a network takes them: (byte - 128) / 128 for red, green and blue. All pictures are of one size. */
export class PixelTable implements PictureTable {
  readonly count: number;
  readonly shape: readonly [number, number, number];
  private readonly bytes: Uint8Array;

  /** @throws {ShapeError} PICTURE_SIZES when there are no pictures, or not all are as large as the first. */
  constructor(pictures: readonly Picture[]) {
    const [first] = pictures;
    if (first === undefined) throw new ShapeError("PICTURE_SIZES", "a table needs at least one picture.");
    this.count = pictures.length;
    this.shape = [first.height, first.width, 3];
    const each = first.pixels.length;
    this.bytes = new Uint8Array(this.count * each);
    pictures.forEach(({ name, width, height, pixels }, row) => {
      if (width !== first.width || height !== first.height) {
        throw new ShapeError(
          "PICTURE_SIZES",
          `"${name}" has ${width}×${height} pixels, "${first.name}" ${first.width}×${first.height}.`,
          { hint: "Bring all pictures to one size when they are read." },
        );
      }
      this.bytes.set(pixels, row * each);
    });
  }

  gridsOf(rows: ArrayLike<number>): Float32Array {
    const each = this.shape[0] * this.shape[1] * 3;
    const values = new Float32Array(rows.length * each);
    for (let at = 0; at < rows.length; at++) {
      const row = checkedRow(rows[at] as number, this.count);
      const [from, to] = [row * each, at * each];
      for (let i = 0; i < each; i++) values[to + i] = ((this.bytes[from + i] as number) - 128) / 128;
    }
    return values;
  }
}

function checkedRow(row: number, count: number): number {
  if (Number.isInteger(row) && row >= 0 && row < count) return row;
  throw new ShapeError("PICTURE_ROW", `there are ${count} pictures, no row ${row}.`);
}
