import { fromBrackets } from "@timestep/data";
import { describe, expect, it } from "vitest";
import { scoreFrames, selectionScore } from "./scores.js";

const gold = [
  { ...fromBrackets("leave [origin New York]"), intent: "flight#airfare" },
  { ...fromBrackets("to [destination Bonn] now"), intent: "flight" },
];
const tags = gold.map((example) => example.tags);

describe("scoreFrames", () => {
  it("counts chunks, intents and whole frames", () => {
    const predicted = [
      { tags: tags[0] as string[], intent: "flight" },
      { tags: ["O", "B-destination", "B-origin"], intent: "flight" },
    ];
    const { metrics, signature } = scoreFrames(gold, predicted);
    expect(metrics["slotPrecision"]).toBeCloseTo(200 / 3, 8);
    expect(metrics["slotRecall"]).toBe(100);
    expect(metrics["slotF1"]).toBeCloseTo(80, 8);
    expect(metrics["intentAccuracy"]).toBe(50); // a#b is one label: "flight" is not half right
    expect(metrics["frameAccuracy"]).toBe(0); // the first lacks its intent, the second has a slot too many
    expect(signature).toMatch(/ intent:exact-label frame:all-tags\+intent$/);
  });

  it("needs the exact label of a double intent", () => {
    const predicted = tags.map((row, index) => ({ tags: row, intent: gold[index]?.intent }));
    expect(scoreFrames(gold, predicted).metrics).toEqual({
      slotF1: 100,
      slotPrecision: 100,
      slotRecall: 100,
      intentAccuracy: 100,
      frameAccuracy: 100,
    });
  });

  it("counts a missing intent as wrong where the model gives some", () => {
    const predicted = tags.map((row, index) => ({ tags: row, intent: index === 0 ? undefined : "flight" }));
    expect(scoreFrames(gold, predicted).metrics).toMatchObject({ intentAccuracy: 50, frameAccuracy: 50 });
  });

  it("says nothing of intents that the data or the model lacks", () => {
    const silent = tags.map((row) => ({ tags: row, intent: undefined }));
    const loud = tags.map((row) => ({ tags: row, intent: "flight" }));
    const bare = gold.map(({ intent: _, ...rest }) => rest);
    for (const { metrics, signature } of [scoreFrames(gold, silent), scoreFrames(bare, loud)]) {
      expect(Object.keys(metrics)).toEqual(["slotF1", "slotPrecision", "slotRecall"]);
      expect(signature).not.toContain("intent");
    }
  });
});

describe("selectionScore", () => {
  const metrics = { slotF1: 90, slotPrecision: 1, slotRecall: 2, intentAccuracy: 80, frameAccuracy: 70 };

  it("is the score that is named", () => {
    expect(selectionScore(metrics, "slotF1")).toBe(90);
    expect(selectionScore(metrics, "intentAccuracy")).toBe(80);
    expect(selectionScore(metrics, "frameAccuracy")).toBe(70);
  });

  it("is the mean of the main scores that there are", () => {
    expect(selectionScore(metrics, "mean")).toBe(80);
    expect(selectionScore({ slotF1: 90 }, "mean")).toBe(90);
  });

  it("falls back to the mean where the data lacks what is named", () => {
    expect(selectionScore({ slotF1: 90 }, "frameAccuracy")).toBe(90);
  });
});
