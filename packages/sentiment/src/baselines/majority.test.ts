import { expect, it } from "vitest";
import { majorityLabel } from "./majority.js";

it("is the most frequent label, the first one on a tie, and an error for nothing", () => {
  expect(majorityLabel(["b", "a", "a", "b", "a"])).toBe("a");
  expect(majorityLabel(["b", "a", "a", "b"])).toBe("b");
  expect(() => majorityLabel([])).toThrow("DATA_EMPTY");
});
