import { describe, expect, it } from "vitest";
import { fromBrackets } from "./from-brackets.js";

describe("fromBrackets", () => {
  it("cuts text and slots into tokens with tags", () => {
    const { tokens, tags } = fromBrackets("leave [origin New York] on [date November 2nd], please");
    expect(tokens).toEqual(["leave", "New", "York", "on", "November", "2nd", ",", "please"]);
    expect(tags).toEqual(["O", "B-origin", "I-origin", "O", "B-date", "I-date", "O", "O"]);
  });

  it("starts a new slot where two of one type touch", () => {
    expect(fromBrackets("[city Oslo][city Lima]").tags).toEqual(["B-city", "B-city"]);
  });

  it.each([["leave [origin Oslo"], ["leave Oslo]"], ["[a [b c] d]"]])("refuses %j", (text) => {
    expect(() => fromBrackets(text)).toThrow(/BRACKETS_OPEN/);
  });

  it.each([["[origin]"], ["[ Oslo]"], ["[origin ]"]])("refuses the slot in %j", (text) => {
    expect(() => fromBrackets(text)).toThrow(/BRACKETS_SLOT/);
  });
});
