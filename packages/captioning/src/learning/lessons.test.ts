import { seeded } from "@timestep/base";
import { describe, expect, it } from "vitest";
import { captionLessons, drawLessons, longestFirst } from "./lessons.js";

/** Of picture n there are n captions, [n], [n, n] and so on. */
const captions = Array.from({ length: 8 }, (_, n) =>
  Array.from({ length: n }, (_, k) => Array<number>(k + 1).fill(n)),
);

describe("captionLessons", () => {
  it("has every caption once, beside its picture, in lessons of the size that was asked for", () => {
    const lessons = captionLessons(captions, { batchSize: 9, each: Number.POSITIVE_INFINITY }, seeded(1));
    for (const { pictures, captions: said, pictureOf } of lessons) {
      expect(said.length).toBeLessThanOrEqual(9);
      expect(said.map(([first]) => first)).toEqual(Array.from(pictureOf, (place) => pictures[place]));
    }
    const seen = lessons.flatMap((lesson) => lesson.captions.map(String)).sort();
    expect(seen).toEqual(captions.flat().map(String).sort());
    const rows = lessons.flatMap(({ pictures }) => pictures);
    expect(rows.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(rows).not.toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it("draws others of a picture that has more in each epoch, and the same from the same numbers", () => {
    const drawn = (seed: number) => captionLessons(captions, { batchSize: 4, each: 2 }, seeded(seed));
    expect(drawn(1)).toEqual(drawn(1));
    const ofSeven = (seed: number): string[] =>
      drawn(seed).flatMap((lesson) => lesson.captions.filter(([first]) => first === 7).map(String));
    expect(ofSeven(1)).toHaveLength(2);
    expect(new Set([1, 2, 3, 4, 5].flatMap(ofSeven)).size).toBeGreaterThan(2);
    for (const { captions: said } of drawn(1)) expect(said.length).toBeLessThanOrEqual(4);
  });

  it("keeps the captions of a picture together, even where they are too many", () => {
    const lessons = captionLessons(captions, { batchSize: 2, each: 6 }, seeded(1));
    expect(lessons).toHaveLength(7);
    expect(Math.max(...lessons.map((lesson) => lesson.captions.length))).toBe(6);
  });
});

describe("drawLessons", () => {
  it("has every picture that has captions once, with room for what will be drawn", () => {
    const lessons = drawLessons(captions, { batchSize: 9, each: 4 }, seeded(1));
    expect(lessons.map(({ count }) => count)).toEqual([8, 8, 8, 4]);
    expect(lessons.flatMap(({ pictures }) => pictures).sort()).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });
});

describe("longestFirst", () => {
  it("has every place once, the longest first, and equals as they were", () => {
    expect(longestFirst([[1], [1, 2, 3], [], [4], [5, 6]])).toEqual([1, 4, 0, 3, 2]);
  });
});
