import { seeded } from "@timestep/base";
import { startEngine } from "@timestep/engine";
import { expectNoLeaks } from "@timestep/testing";
import { beforeAll, describe, expect, it } from "vitest";
import { type PictureTable } from "../features/picture-table.js";
import { mostFrequentCaption, nearestCaptions } from "./baseline-captions.js";

beforeAll(async () => {
  await startEngine({ engine: "cpu" });
});

describe("mostFrequentCaption", () => {
  it("is what is said most often, of equals the first by its letters", () => {
    expect(mostFrequentCaption([["b", "a"], ["b"], ["c", "a"]])).toBe("a");
    expect(mostFrequentCaption([["b", "c"], ["c"]])).toBe("c");
    expect(mostFrequentCaption([[], []])).toBe("");
  });
});

describe("nearestCaptions", () => {
  const random = seeded(6);
  const [places, channels] = [6, 5];
  /** Grids of 2 by 3 places; pictures are bright or dark, which is no likeness. */
  const grids = (count: number): Float32Array[] =>
    Array.from({ length: count }, (_, row) => {
      const brightness = 1 + 3 * (row % 4);
      return Float32Array.from({ length: places * channels }, () => brightness * random.uniform());
    });
  const tableOf = (all: readonly Float32Array[]): PictureTable => ({
    count: all.length,
    shape: [2, 3, channels],
    gridsOf: (rows) => Float32Array.from(Array.from(rows).flatMap((row) => [...(all[row] ?? [])])),
  });
  const meansOf = (grid: Float32Array): number[] =>
    Array.from({ length: channels }, (_, channel) => {
      const own = grid.filter((_value, i) => i % channels === channel);
      return own.reduce((sum, value) => sum + value, 0) / places;
    });
  /** The same with means of its own beside grids that nobody may read. */
  const withMeans = (all: readonly Float32Array[]): PictureTable => ({
    ...tableOf(all),
    gridsOf: () => {
      throw new Error("grids are not needed");
    },
    meansOf: (rows) =>
      Float32Array.from(Array.from(rows).flatMap((row) => meansOf(all[row] as Float32Array))),
  });
  const [own, train] = [grids(300), grids(40)];
  const captions = train.map((_, row) => [`picture ${row}`, "other"]);
  const names = captions.map(([name = ""]) => name);
  const cosine = (a: number[], b: number[]): number => {
    const dot = (x: number[], y: number[]): number =>
      x.reduce((sum, value, i) => sum + value * (y[i] as number), 0);
    return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
  };
  const expected = own.map((grid) => {
    const likeness = train.map((other) => cosine(meansOf(grid), meansOf(other)));
    return `picture ${likeness.indexOf(Math.max(...likeness))}`;
  });

  it.each([
    ["grids", tableOf],
    ["means", withMeans],
  ])("finds the picture whose mean points most nearly the same way, by %s", async (_name, table) => {
    await expectNoLeaks(async () => {
      const said = await nearestCaptions(table(own), { pictures: table(train), captions, names });
      expect(said).toEqual(expected);
      expect(new Set(said).size).toBeGreaterThan(10);
    });
  });
});
