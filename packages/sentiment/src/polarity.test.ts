import { expect, it } from "vitest";
import { isPositive, orderedLabels } from "./polarity.js";

it.each([
  [
    ["positive", "negative"],
    ["negative", "positive"],
  ],
  [
    ["very positive", "neutral", "negative", "positive", "very negative"],
    ["very negative", "negative", "neutral", "positive", "very positive"],
  ],
  [
    ["10", "2", "1"],
    ["1", "2", "10"],
  ],
  [["sport", "politics"], undefined],
  [["pos", "positive"], undefined],
  [["positive"], undefined],
])("%j in order: %j", (labels, expected) => {
  expect(orderedLabels(labels)).toEqual(expected);
});

it("takes the upper half for positive and the middle for neither", () => {
  const five = ["0", "1", "2", "3", "4"];
  expect(five.map((label) => isPositive(label, five))).toEqual([false, false, undefined, true, true]);
  expect(isPositive("negative", ["negative", "positive"])).toBe(false);
});
