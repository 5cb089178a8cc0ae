import { type ConfigError, seeded } from "@timestep/base";
import { describe, expect, it } from "vitest";
import { choiceFlag, dashed, drawnByFlags, numberFlag, numbersFlag, wholeFlag } from "./flag-values.js";

/** Code and message of what is thrown, without its hint. */
function failureOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    return (error as ConfigError).message.split("\n", 1)[0] ?? "";
  }
  throw new Error("nothing was thrown");
}

describe("numbers after flags", () => {
  it("are read, and left out where they are not given", () => {
    expect(wholeFlag({ beam: "4" }, "beam", { least: 1 })).toBe(4);
    expect(numberFlag({ lengthPenalty: "0.5" }, "lengthPenalty", 0)).toBe(0.5);
    expect(numbersFlag({ weights: "1,-2,3e2" }, "weights", -Infinity)).toEqual([1, -2, 300]);
    expect(wholeFlag({}, "beam", { least: 1 })).toBeUndefined();
    expect(numberFlag({}, "lengthPenalty", 0)).toBeUndefined();
    expect(numbersFlag({}, "weights", 0)).toBeUndefined();
  });

  it.each<[string, () => unknown, string]>([
    [
      "too small",
      () => wholeFlag({ beam: "0" }, "beam", { least: 1 }),
      "--beam 0: expected a whole number of at least 1.",
    ],
    [
      "too large",
      () => wholeFlag({ beam: "9" }, "beam", { least: 1, most: 8 }),
      "--beam 9: expected a whole number from 1 to 8.",
    ],
    [
      "a part",
      () => wholeFlag({ beam: "1.5" }, "beam", { least: 1 }),
      "--beam 1.5: expected a whole number of at least 1.",
    ],
    [
      "missing",
      () => wholeFlag({ repeat: true }, "repeat", { least: 0, flag: "--no-repeat" }),
      "--no-repeat true: expected a whole number of at least 0.",
    ],
    ["blank", () => numberFlag({ topP: " " }, "topP", 0), "--top-p  : expected a number of at least 0."],
    ["no number", () => numberFlag({ topP: "much" }, "topP", -Infinity), "--top-p much: expected a number."],
    [
      "endless",
      () => numberFlag({ topP: "Infinity" }, "topP", 0),
      "--top-p Infinity: expected a number of at least 0.",
    ],
    [
      "one of several",
      () => numbersFlag({ weights: "1,,2" }, "weights", 0),
      "--weights : expected a number of at least 0.",
    ],
  ])("are refused: %s", (_, read, message) => {
    expect(failureOf(read)).toEqual(`FLAG_VALUE: ${message}`);
  });
});

describe("choiceFlag", () => {
  it("takes one of its words, the first without the flag", () => {
    expect(choiceFlag({ decode: "trim" }, "decode", ["ctc", "trim"])).toBe("trim");
    expect(choiceFlag({}, "decode", ["ctc", "trim"])).toBe("ctc");
    const message = "--decode best: expected one of ctc, trim.";
    expect(failureOf(() => choiceFlag({ decode: "best" }, "decode", ["ctc", "trim"]))).toEqual(
      `FLAG_VALUE: ${message}`,
    );
  });
});

describe("drawnByFlags", () => {
  it("draws only where that is asked for, from the seed of the flag or else the own one", () => {
    expect(drawnByFlags({}, 1, "captions")).toBeUndefined();
    const own = drawnByFlags({ sample: true }, 7, "captions");
    expect([own?.temperature, own?.topP, own?.random.uniform()]).toEqual([1, undefined, seeded(7).uniform()]);
    const given = drawnByFlags({ sample: true, temperature: "0.5", topP: "0.9", seed: "3" }, 7, "captions");
    expect([given?.temperature, given?.topP, given?.random.uniform()]).toEqual([
      0.5,
      0.9,
      seeded(3).uniform(),
    ]);
  });

  it.each([
    [{ seed: "1" }, "FLAG_SAMPLE", "--seed says how captions are drawn, and none are."],
    [{ topP: "0.9" }, "FLAG_SAMPLE", "--top-p says how captions are drawn, and none are."],
    [{ sample: true, temperature: "0" }, "FLAG_VALUE", "--temperature 0: expected a number above 0."],
    [{ sample: true, topP: "0" }, "FLAG_VALUE", "--top-p 0: expected a share above 0, at most 1."],
    [{ sample: true, topP: "1.5" }, "FLAG_VALUE", "--top-p 1.5: expected a share above 0, at most 1."],
  ] as const)("refuses %j", (flags, code, message) => {
    expect(failureOf(() => drawnByFlags(flags, 1, "captions"))).toEqual(`${code}: ${message}`);
  });
});

describe("dashed", () => {
  it("is the flag as it is typed", () => {
    expect([dashed("beam"), dashed("lengthPenalty"), dashed("topP")]).toEqual([
      "--beam",
      "--length-penalty",
      "--top-p",
    ]);
  });
});
