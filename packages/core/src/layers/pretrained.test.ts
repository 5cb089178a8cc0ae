import { expect, it } from "vitest";
import { pretrainedTable } from "./pretrained.js";

it("pretrainedTable: padding is zeros, unknown words start as the mean, rows follow", () => {
  const table = pretrainedTable({ words: ["a", "b"], dimension: 2, values: Float32Array.from([1, 2, 3, 6]) });
  expect(Array.from(table.initial.data)).toEqual([0, 0, 2, 4, 1, 2, 3, 6]);
  expect(table).toMatchObject({ vocabularySize: 4, size: 2, initial: { shape: [4, 2] } });
});
