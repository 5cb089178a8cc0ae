import { type Random } from "@timestep/base";

/** How pictures vary while a network learns to see. */
export interface PixelAugmentation {
  /** Moved by up to so many pixels in each direction; the edge is repeated. */
  readonly shift: number;
  /** The contrast is multiplied by 1 - contrast to 1 + contrast. */
  readonly contrast: number;
  /** Each channel is brightened or darkened by up to this. */
  readonly brightness: number;
}

/**
 * Varies pictures [count, height, width, channels] of values around 0: each is moved, and its values v become c·v + b
 * with a contrast c of its own and a brightness b for each channel.
 */
export function augmentPixels(
  values: Float32Array,
  [height, width, channels]: readonly [number, number, number],
  { shift, contrast, brightness }: PixelAugmentation,
  random: Random,
): Float32Array {
  if (shift === 0 && contrast === 0 && brightness === 0) return values;
  const varied = new Float32Array(values.length);
  const between = (most: number): number => most * (2 * random.uniform() - 1);
  let to = 0;
  for (let from = 0; from < values.length; from += height * width * channels) {
    const [down, right] = [random.integer(2 * shift + 1) - shift, random.integer(2 * shift + 1) - shift];
    const scale = 1 + between(contrast);
    const lift = Array.from({ length: channels }, () => between(brightness));
    for (let y = 0; y < height; y++) {
      const row = within(y - down, height);
      for (let x = 0; x < width; x++) {
        const source = from + (row * width + within(x - right, width)) * channels;
        for (let channel = 0; channel < channels; channel++) {
          varied[to++] = scale * (values[source + channel] as number) + (lift[channel] as number);
        }
      }
    }
  }
  return varied;
}

function within(at: number, length: number): number {
  return Math.min(length - 1, Math.max(0, at));
}
