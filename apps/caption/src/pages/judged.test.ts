import { describe, expect, it } from "vitest";
import { endsAndMiddle } from "./judged.js";

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe("endsAndMiddle", () => {
  it("takes both ends and the middle", () => {
    expect(endsAndMiddle(upTo(101), 3)).toEqual({
      ...{ best: [0, 1, 2], median: [49, 50, 51], worst: [100, 99, 98] },
    });
  });

  it("shows nothing twice and, where all have room, everything", () => {
    for (let count = 0; count <= 20; count++) {
      const { best, median, worst } = endsAndMiddle(upTo(count), 5);
      const all = [...best, ...median, ...worst];
      expect(new Set(all).size).toBe(all.length);
      if (count <= 15) expect(all.sort((a, b) => a - b)).toEqual(upTo(count));
      expect(Math.max(best.length, median.length, worst.length)).toBeLessThanOrEqual(5);
      if (count > 1) expect(worst[0]).toBe(count - 1);
    }
  });
});
