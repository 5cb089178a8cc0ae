import { describe, expect, it } from "vitest";
import { linesOf } from "./lines.js";

const said = {
  translation: "a dog",
  nbest: [
    { text: "a dog", score: -1 },
    { text: "dog", score: -2.5 },
  ],
  alignment: [
    [1, 0, 0.9],
    [0, 1, 0.8],
  ] as const,
};
const empty = { translation: "", nbest: [{ text: "", score: 0 }], alignment: [] };

describe("linesOf", () => {
  it("prints the translation alone, or with its alignment", () => {
    expect(linesOf(said, { several: false, alignment: false })).toBe("a dog");
    expect(linesOf(said, { several: false, alignment: true })).toBe("a dog\t0-1 1-0");
  });

  it("puts the alignment of the best one beside the best one", () => {
    expect(linesOf(said, { several: true, alignment: true })).toBe("-1.000\ta dog\t0-1 1-0\n-2.500\tdog");
  });

  it("gives a score also where only one was found", () => {
    expect(linesOf(empty, { several: true, alignment: false })).toBe("0.000\t");
    expect(linesOf(empty, { several: false, alignment: false })).toBe("");
  });
});
