import { add, argMax, div, matMul, norm, slice, type Tensor2D, tensor2d, tidy } from "@tensorflow/tfjs-core";
import { type CaptionLessons } from "../captioner.js";
import { type PictureTable } from "../features/picture-table.js";

/** Pictures compared at once. */
const together = 256;

/** What is said most often in training, of equals the first in code unit order. */
export function mostFrequentCaption(captions: readonly (readonly string[])[]): string {
  const counts = new Map<string, number>();
  for (const caption of captions.flat()) counts.set(caption, (counts.get(caption) ?? 0) + 1);
  return [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))[0]?.[0] ?? "";
}

/**
 * For each picture the first caption of the training picture that is most like it: by the cosine between the means over
 * their places.
 *
 * @see Devlin et al. 2015, arXiv:1505.04467.
 */
export async function nearestCaptions(pictures: PictureTable, train: CaptionLessons): Promise<string[]> {
  const pool = directions(train.pictures);
  const queries = directions(pictures);
  const said: string[] = [];
  for (let from = 0; from < pictures.count; from += together) {
    const count = Math.min(together, pictures.count - from);
    const nearest = tidy(() => {
      const own = slice(queries, [from, 0], [count, -1]);
      return argMax(matMul(own, pool, false, true), 1);
    });
    for (const row of await nearest.data()) said.push(train.captions[row]?.[0] ?? "");
    nearest.dispose();
  }
  pool.dispose();
  queries.dispose();
  return said;
}

/** The means over places, of length 1, [count, channels]. */
function directions(table: PictureTable): Tensor2D {
  const means = meansOf(table);
  return tidy(() => {
    const all = tensor2d(means, [table.count, table.shape[2]]);
    return div(all, add(norm(all, 2, 1, true), 1e-12));
  });
}

/** The means over places, [count, channels], or their sums: all that is asked of them is where they point. */
function meansOf(table: PictureTable): Float32Array {
  const { count, shape } = table;
  const [height, width, channels] = shape;
  if (table.meansOf !== undefined) return table.meansOf(Array.from({ length: count }, (_, row) => row));
  const sums = new Float32Array(count * channels);
  for (let row = 0; row < count; row++) {
    const grid = table.gridsOf([row]);
    const own = sums.subarray(row * channels, (row + 1) * channels);
    for (let i = 0, channel = 0; i < height * width * channels; i++) {
      own[channel] = (own[channel] as number) + (grid[i] as number);
      if (++channel === channels) channel = 0;
    }
  }
  return sums;
}
