import { seeded } from "@timestep/base";
import { describe, expect, it } from "vitest";
import { augmentPixels } from "./augment-pixels.js";

const shape = [3, 4, 2] as const;
const size = 3 * 4 * 2;
const picture = Float32Array.from({ length: size }, (_, i) => i / size - 0.5);
const still = { shift: 0, contrast: 0, brightness: 0 };

/** A picture moved down and to the right, the edge repeated, place by place. */
function moved(down: number, right: number): number[] {
  const at = (value: number, length: number): number => Math.min(length - 1, Math.max(0, value));
  return Array.from(picture, (_, i) => {
    const [y, x, channel] = [Math.floor(i / 8), Math.floor(i / 2) % 4, i % 2];
    return picture[(at(y - down, 3) * 4 + at(x - right, 4)) * 2 + channel] as number;
  });
}

describe("augmentPixels", () => {
  it("leaves pictures as they are where nothing varies", () => {
    expect(augmentPixels(picture, shape, still, seeded(1))).toBe(picture);
  });

  it("moves a picture by each of the shifts there are, and by no other", () => {
    const offsets = [-1, 0, 1].flatMap((down) => [-1, 0, 1].map((right) => [down, right] as const));
    const all = offsets.map(([down, right]) => moved(down, right).join());
    const random = seeded(2);
    const seen = new Set(
      Array.from({ length: 200 }, () => augmentPixels(picture, shape, { ...still, shift: 1 }, random).join()),
    );
    expect([...seen].sort()).toEqual(
      [...all].map((one) => Float32Array.from(one.split(","), Number).join()).sort(),
    );
  });

  it("changes contrast by picture and brightness by channel, within their bounds", () => {
    const random = seeded(3);
    const pictures = Float32Array.from([...picture, ...picture]);
    const varied = augmentPixels(pictures, shape, { shift: 0, contrast: 0.2, brightness: 0.1 }, random);
    const found = [0, 1].flatMap((row) =>
      [0, 1].map((channel) => {
        const value = (place: number): number => varied[row * size + place * 2 + channel] as number;
        const was = (place: number): number => picture[place * 2 + channel] as number;
        const scale = (value(11) - value(0)) / (was(11) - was(0));
        const lift = value(0) - scale * was(0);
        for (let place = 0; place < 12; place++)
          expect(value(place)).toBeCloseTo(scale * was(place) + lift, 5);
        return { scale, lift };
      }),
    );
    for (const { scale, lift } of found) {
      expect(Math.abs(scale - 1)).toBeLessThanOrEqual(0.2 + 1e-5);
      expect(Math.abs(lift)).toBeLessThanOrEqual(0.1 + 1e-5);
    }
    expect(found[1]?.scale).toBeCloseTo(found[0]?.scale as number, 4);
    expect(Math.abs((found[2]?.scale as number) - (found[0]?.scale as number))).toBeGreaterThan(1e-3);
    expect(new Set(found.map(({ lift }) => lift.toFixed(4))).size).toBe(4);
  });
});
