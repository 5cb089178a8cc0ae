import { seeded } from "@timestep/base";
import { describe, expect, it } from "vitest";
import { FrameStacker, stackFrames, stepsOf } from "./stack-frames.js";

const frames = (count: number): Float32Array[] =>
  Array.from({ length: count }, (_, t) => Float32Array.of(t + 1, -(t + 1)));

describe("frames side by side", () => {
  it("read every frame, with zeros after the end", () => {
    const values = Float32Array.from(frames(4).flatMap((row) => [...row]));
    const stacked = stackFrames({ values, frames: 4, size: 2 }, { width: 3, stride: 2 });
    expect(stacked).toEqual({
      frames: 2,
      size: 6,
      values: Float32Array.of(1, -1, 2, -2, 3, -3, 3, -3, 4, -4, 0, 0),
    });
  });

  it.each([
    { width: 1, stride: 1 },
    { width: 3, stride: 3 },
    { width: 5, stride: 2 },
    { width: 4, stride: 3 },
  ])("come out the same however they arrive: %o", (settings) => {
    const random = seeded(3);
    for (let count = 0; count < 14; count++) {
      const all = frames(count);
      const values = Float32Array.from(all.flatMap((row) => [...row]));
      const whole = stackFrames({ values, frames: count, size: 2 }, settings);
      const stacker = new FrameStacker(settings, 2);
      const steps: Float32Array[] = [];
      for (let at = 0; at < count;) {
        const next = at + random.integer(4);
        steps.push(...stacker.push(all.slice(at, next)));
        at = next;
      }
      steps.push(...stacker.finish());
      expect(steps.flatMap((step) => [...step])).toEqual([...whole.values]);
      expect(steps).toHaveLength(stepsOf(count, settings));
    }
  });

  it("refuse strides that leave frames out", () => {
    expect(() => new FrameStacker({ width: 2, stride: 3 }, 1)).toThrow(
      expect.objectContaining({ code: "SPEECH_STRIDE" }),
    );
  });
});
