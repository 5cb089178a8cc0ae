import { describe, expect, it } from "vitest";
import { capitalisation, CAPITALISATIONS, wordShape } from "./shape.js";

describe("wordShape", () => {
  it.each([
    ["Taipei", "Xx"],
    ["NASA", "X"],
    ["11-Xmas", "d-Xx"],
    ["3,000.50", "d,d.d"],
    ["iPhone5s", "xXxdx"],
    ["Éire", "Xx"],
    ["東京", "x"],
    ["...", "."],
  ])("%s is %s", (token, shape) => {
    expect(wordShape(token)).toBe(shape);
  });
});

describe("capitalisation", () => {
  it.each([
    ["taipei", "lower"],
    ["2nd", "lower"],
    ["Taipei", "title"],
    ["I", "title"],
    ["'Tis", "title"],
    ["NASA", "upper"],
    ["U.S.", "upper"],
    ["iPhone", "mixed"],
    ["McDonald", "mixed"],
    ["7:30", "digit"],
    ["--", "punctuation"],
    ["👍", "punctuation"],
    ["東京", "other"],
  ])("%s is %s", (token, kind) => {
    expect(capitalisation(token)).toBe(kind);
  });

  it("keeps the order of its classes, which saved models rely on", () => {
    expect(CAPITALISATIONS).toEqual(["lower", "title", "upper", "mixed", "digit", "punctuation", "other"]);
  });
});
