import { concat, reshape, sum, type Tensor2D, type Tensor3D, zeros } from "@tensorflow/tfjs-core";
import { pick } from "./wiring.js";

/** Groups of rows to be added up: each has `most` places, of which those after its own rows name a row of zeros. */
export interface RowGroups {
  readonly count: number;
  readonly most: number;
  /** [count · most] */
  readonly rows: Int32Array;
  readonly gaps: boolean;
}

/** Groups of the rows 0 … from - 1, given the group of each. */
export function groupRows(groupOf: Int32Array, count: number): RowGroups {
  const from = groupOf.length;
  const sizes = new Int32Array(count);
  for (const group of groupOf) sizes[group] = (sizes[group] as number) + 1;
  const most = Math.max(
    1,
    sizes.reduce((most, size) => Math.max(most, size), 0),
  );
  const rows = new Int32Array(count * most).fill(from);
  const next = new Int32Array(count);
  groupOf.forEach((group, row) => {
    const place = next[group] as number;
    rows[group * most + place] = row;
    next[group] = place + 1;
  });
  return { count, most, rows, gaps: from < rows.length };
}

/**
 * [from, width] -> [count, width], the sum of each group's rows.
 *
 * As sums over an axis: the segment sums of TF.js go through all rows once for each segment.
 */
export function sumGroups(rows: Tensor2D, groups: RowGroups): Tensor2D {
  const width = rows.shape[1];
  const padded = groups.gaps ? concat([rows, zeros([1, width]) as Tensor2D], 0) : rows;
  const places = pick(padded, groups.rows);
  if (groups.most === 1) return places;
  return sum(reshape(places, [groups.count, groups.most, width]) as Tensor3D, 1);
}
