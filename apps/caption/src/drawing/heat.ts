/** A grid of places, row by row. */
export interface Grid {
  readonly rows: number;
  readonly columns: number;
}

/** A size in whole pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * The weights of places as a smooth surface of pixels, [height, width], the highest point 1.
 *
 * Between the middles of the places it is a uniform cubic B-spline: it never swings over or below the weights around it,
 * and equal weights give an even surface. At the border the outer places go on.
 */
export function heatOf(weights: ArrayLike<number>, { rows, columns }: Grid, size: Size): Float32Array {
  const across = splineTable(columns, size.width);
  const down = splineTable(rows, size.height);
  const widened = new Float32Array(rows * size.width);
  for (let row = 0; row < rows; row++) {
    for (let x = 0; x < size.width; x++) {
      widened[row * size.width + x] = blend(across, x, (column) => weights[row * columns + column] as number);
    }
  }
  const heat = new Float32Array(size.height * size.width);
  let highest = 0;
  for (let y = 0; y < size.height; y++) {
    for (let x = 0; x < size.width; x++) {
      const value = blend(down, y, (row) => widened[row * size.width + x] as number);
      heat[y * size.width + x] = value;
      highest = Math.max(highest, value);
    }
  }
  return highest > 0 ? heat.map((value) => value / highest) : heat;
}

/** For each pixel of a line four places and how much each counts. */
interface SplineTable {
  readonly places: Int32Array;
  readonly shares: Float64Array;
}

function splineTable(places: number, pixels: number): SplineTable {
  const table = { places: new Int32Array(4 * pixels), shares: new Float64Array(4 * pixels) };
  for (let pixel = 0; pixel < pixels; pixel++) {
    // Middles of places and pixels alike lie half a step from their beginnings.
    const at = ((pixel + 0.5) * places) / pixels - 0.5;
    const first = Math.floor(at);
    const t = at - first;
    const shares = [
      (1 - t) ** 3 / 6,
      (3 * t ** 3 - 6 * t ** 2 + 4) / 6,
      (-3 * t ** 3 + 3 * t ** 2 + 3 * t + 1) / 6,
      t ** 3 / 6,
    ];
    for (const [index, share] of shares.entries()) {
      table.places[4 * pixel + index] = Math.min(places - 1, Math.max(0, first - 1 + index));
      table.shares[4 * pixel + index] = share;
    }
  }
  return table;
}

function blend({ places, shares }: SplineTable, pixel: number, weightOf: (place: number) => number): number {
  let sum = 0;
  for (let i = 4 * pixel; i < 4 * pixel + 4; i++)
    sum += (shares[i] as number) * weightOf(places[i] as number);
  return sum;
}
