import { describe, expect, it } from "vitest";
import { SpeechLabels } from "../labels/speech-labels.js";
import { bestLabels, posteriorsOf, saidLabels, trim } from "./best-path.js";

const labels = SpeechLabels.collect(["好棒"], "characters");
const [good, great] = labels.encode("好棒") as [number, number];

/** Scores under which a path is the likeliest. */
function pathScores(path: readonly number[], classes: number): ReturnType<typeof posteriorsOf> {
  const logits = new Float32Array(path.length * classes);
  path.forEach((label, t) => (logits[t * classes + label] = 4));
  return posteriorsOf(logits, path.length, classes);
}

describe("from a path to labels", () => {
  it("needs blanks to tell 好棒棒 from 好棒", () => {
    const twice = pathScores([good, good, great, 0, great], 3);
    const once = pathScores([good, good, great, great, great], 3);
    expect(labels.decode(bestLabels(twice, "ctc"))).toBe("好棒棒");
    expect(labels.decode(bestLabels(once, "ctc"))).toBe("好棒");
    // Trimming hears both alike.
    expect(labels.decode(bestLabels(twice, "trim"))).toBe("好棒");
    expect(labels.decode(bestLabels(once, "trim"))).toBe("好棒");
  });

  it("trims blanks before it merges", () => {
    expect(trim([0, 1, 1, 0, 1, 2, 0, 2, 1])).toEqual([1, 2, 1]);
  });

  it("says when each label is said, and how surely", () => {
    const posteriors = pathScores([0, 1, 1, 0, 1, 2], 3);
    const sure = Math.exp(4) / (Math.exp(4) + 2);
    const said = saidLabels(posteriors, "ctc");
    expect(said.map(({ label, from, to }) => [label, from, to])).toEqual([
      [1, 1, 3],
      [1, 4, 5],
      [2, 5, 6],
    ]);
    for (const { confidence } of said) expect(confidence).toBeCloseTo(sure, 5);
    expect(saidLabels(posteriors, "trim").map(({ label, from, to }) => [label, from, to])).toEqual([
      [1, 1, 5],
      [2, 5, 6],
    ]);
  });
});
