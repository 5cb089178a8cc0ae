import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jsonErrorOffset } from "./json-offset.js";

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe("jsonErrorOffset", () => {
  it.each([
    ['{"a": 1,}', 8],
    ['{"a" 1}', 5],
    ['{"a": tru}', 6],
    ["[1 2]", 3],
    ["{'a': 1}", 1],
    ['{"a": 1', 7],
    ["[1,]", 3],
    ["1 2", 2],
    ["", 0],
    ["[}", 1],
  ])("finds the place in %j", (text, offset) => {
    expect(jsonErrorOffset(text)).toBe(offset);
  });

  it("agrees with JSON.parse on what is valid", () => {
    fc.assert(
      fc.property(
        fc.json(),
        fc.nat(),
        fc.constantFrom("", ",", "}", "]", '"', "1", " ", ":", "{"),
        (text, at, piece) => {
          const cut = at % (text.length + 1);
          for (const changed of [text, text.slice(0, cut) + piece + text.slice(cut + 1)]) {
            expect(jsonErrorOffset(changed) === undefined).toBe(isJson(changed));
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
