import { startEngine } from "@timestep/engine";
import { expectNoLeaks } from "@timestep/testing";
import { beforeAll, describe, expect, it } from "vitest";
import { MeanTable, type PictureTable } from "../features/picture-table.js";
import { FloatTable } from "../fixtures/toy-pictures.js";
import { mostFrequentCaption, nearestCaptions } from "./baseline-captions.js";

beforeAll(() => startEngine());

/** Pictures of two places with two features; what counts is the direction of their sum. */
const tableOf = (...places: [number, number, number, number][]): FloatTable =>
  new FloatTable(Float32Array.from(places.flat()), [1, 2, 2]);

describe("mostFrequentCaption", () => {
  it("is said most often, of equals the first in order", () => {
    expect(mostFrequentCaption([["b", "a"], ["c"], ["b"]])).toBe("b");
    expect(mostFrequentCaption([["b", "a"]])).toBe("a");
    expect(mostFrequentCaption([[], []])).toBe("");
  });
});

describe("nearestCaptions", () => {
  const train = {
    pictures: tableOf([1, 0, 1, 0], [0, 1, 0, 3], [5, 5, 0, 0], [0, 0, 0, 0]),
    captions: [["right", "east"], ["up"], ["between"], ["nowhere"]],
    names: ["0", "1", "2", "3"],
  };

  it("says what is said of the picture of most like direction, however long its vectors", async () => {
    const pictures = tableOf([0, 0, 9, 1], [0, 9, 1, 9], [0.1, 0, 0, 0.1], [2, 0, 3, 0]);
    await expectNoLeaks(async () => {
      expect(await nearestCaptions(pictures, train)).toEqual(["right", "up", "between", "right"]);
    });
  });

  it("takes means where a table has them, and asks for no grids", async () => {
    const means = (...all: [number, number][]): PictureTable => {
      const table = new MeanTable(Float32Array.from(all.flat()), 2);
      return { ...table, gridsOf: () => expect.unreachable(), meansOf: (rows) => table.meansOf(rows) };
    };
    const pool = { ...train, pictures: means([1, 0], [0, 2], [5, 5], [0, 0]) };
    expect(await nearestCaptions(means([0, 9], [1, 1], [7, 2]), pool)).toEqual(["up", "between", "right"]);
  });

  it("answers for more pictures than are compared at once", async () => {
    const places = Array.from({ length: 600 }, (_, n): [number, number, number, number] =>
      n % 2 === 0 ? [1, 0, 0, 0] : [0, 1, 0, 0],
    );
    const said = await nearestCaptions(tableOf(...places), train);
    expect(said).toEqual(places.map((_, n) => (n % 2 === 0 ? "right" : "up")));
  });
});
