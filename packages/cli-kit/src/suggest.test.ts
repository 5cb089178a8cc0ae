import { describe, expect, it } from "vitest";
import { didYouMean, nearest } from "./suggest.js";

describe("nearest", () => {
  it.each([
    ["hiddenSise", ["hiddenSize", "cell"], "hiddenSize"],
    ["HIDDENSIZE", ["hiddenSize", "cell"], "hiddenSize"],
    ["atsi", ["travel", "atis"], "atis"],
    ["abc", ["xyz"], undefined],
    ["cat", ["dog", "cut"], "cut"],
    ["x", [], undefined],
  ])("of %s in %j is %s", (word, known, expected) => {
    expect(nearest(word, known)).toBe(expected);
  });

  it("lists what is known when nothing is near", () => {
    expect(didYouMean("zzz", ["travel", "atis"], "Recipes")).toBe(" Recipes: travel, atis.");
    expect(didYouMean("zzz", [], "Recipes")).toBe("");
  });
});
