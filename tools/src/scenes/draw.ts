import { type ColourName, COLOURS, type ShapeName, SIZES } from "./grammar.js";
import { type Scene, type Shade, SIDE } from "./generate.js";

/** Whether a point lies in a shape; `x` to the right and `y` down from its middle, in halves of its height. */
const contains: Readonly<Record<ShapeName, (x: number, y: number) => boolean>> = {
  circle: (x, y) => x * x + y * y <= 1,
  square: (x, y) => Math.abs(x) <= 0.9 && Math.abs(y) <= 0.9,
  triangle: (x, y) => y <= 0.9 && Math.abs(x) <= (y + 1) * 0.55,
  diamond: (x, y) => Math.abs(x) * 1.4 + Math.abs(y) <= 1,
  cross: (x, y) => Math.min(Math.abs(x), Math.abs(y)) <= 0.33 && Math.max(Math.abs(x), Math.abs(y)) <= 1,
  star: inStar,
};

/** Five points, one of them up: between two points the edge falls to 0.45 of their length. */
function inStar(x: number, y: number): boolean {
  const length = Math.hypot(x, y);
  const fifth = (2 * Math.PI) / 5;
  const angle = Math.atan2(x, -y);
  const fromPoint = Math.abs(angle - fifth * Math.round(angle / fifth));
  // The edge is the line from the point (1 at angle 0) to the notch (0.45 at half a fifth).
  const [notchX, notchY] = [0.45 * Math.sin(fifth / 2), 0.45 * Math.cos(fifth / 2)];
  const [px, py] = [length * Math.sin(fromPoint), length * Math.cos(fromPoint)];
  return px * (1 - notchY) + py * notchX <= notchX;
}

/** A colour with black or white mixed in. */
export function shaded(colour: ColourName, shade: Shade): [number, number, number] {
  const share = Math.abs(shade);
  const other = shade < 0 ? 0 : 255;
  return COLOURS[colour].map((value) => Math.round(value + share * (other - value))) as [
    number,
    number,
    number,
  ];
}

/** A scene as bytes [SIDE, SIDE, 3]: flat colours and hard edges, so that it takes little room as PNG. */
export function drawScene({ objects, background }: Scene): Uint8Array {
  const pixels = new Uint8Array(SIDE * SIDE * 3);
  for (let at = 0; at < SIDE * SIDE; at++) pixels.set(background, at * 3);
  for (const { shape, size, colour, shade, x: middleX, y: middleY } of objects) {
    const half = SIZES[size];
    const fill = shaded(colour, shade);
    for (let y = middleY - half; y <= middleY + half; y++) {
      for (let x = middleX - half; x <= middleX + half; x++) {
        // Half a pixel more than the outermost middles of pixels: these are inside.
        if (!contains[shape]((x - middleX) / (half + 0.5), (y - middleY) / (half + 0.5))) continue;
        pixels.set(fill, (y * SIDE + x) * 3);
      }
    }
  }
  return pixels;
}
