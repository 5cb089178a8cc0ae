import { type Grid, heatOf } from "./heat.js";
import { type PictureView } from "./view.js";

/** How much of its brightness a picture keeps where nothing looks. */
const darkest = 0.22;

/**
 * The pixels of a picture, lit where a word looked: bright and in colour there, dark and grey elsewhere. What the network
 * was never shown stays dark.
 */
export function litPixels(
  { picture, seen }: PictureView,
  weights: ArrayLike<number>,
  grid: Grid,
): Uint8Array {
  const heat = heatOf(weights, grid, seen);
  const { width, height, pixels } = picture;
  const lit = new Uint8Array(pixels.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [left, top] = [x - seen.left, y - seen.top];
      const inside = left >= 0 && left < seen.width && top >= 0 && top < seen.height;
      // Squared, so that differences between places show; an even look stays bright all over.
      const warmth = inside ? (heat[top * seen.width + left] as number) ** 2 : 0;
      const at = 3 * (y * width + x);
      const [red, green, blue] = [pixels[at], pixels[at + 1], pixels[at + 2]] as [number, number, number];
      const grey = darkest * (0.299 * red + 0.587 * green + 0.114 * blue);
      for (const [channel, value] of [red, green, blue].entries()) {
        lit[at + channel] = Math.round(grey + warmth * (value - grey));
      }
    }
  }
  return lit;
}
