import { ctcEmissionsOf, type CtcEmissions } from "@timestep/core";
import { describe, expect, it } from "vitest";
import { SpeechLabels } from "../labels/speech-labels.js";
import type { Recognition } from "../recognised.js";
import { bestLabels } from "./best-path.js";
import { readingsOf, type RecogniseOptions, recognitionOf, type StepTimes } from "./recognition.js";

/** Scores under which a path is the likeliest. */
function emissionsOf(path: readonly number[], classes: number): CtcEmissions {
  const logits = new Float32Array(path.length * classes);
  path.forEach((label, t) => (logits[t * classes + label] = 6));
  return ctcEmissionsOf(logits, path.length, classes);
}

const recognise = (
  emissions: CtcEmissions,
  labels: SpeechLabels,
  times: StepTimes,
  options: RecogniseOptions = {},
): Recognition => recognitionOf(emissions, readingsOf(emissions, options), labels, times);

describe("from a path to a text", () => {
  const labels = SpeechLabels.collect(["好棒"], "characters");
  const [good, great] = labels.encode("好棒") as [number, number];

  it("needs blanks to tell 好棒棒 from 好棒", () => {
    const twice = emissionsOf([good, good, great, 0, great], 3);
    const once = emissionsOf([good, good, great, great, great], 3);
    expect(labels.decode(bestLabels(twice, "ctc"))).toBe("好棒棒");
    expect(labels.decode(bestLabels(once, "ctc"))).toBe("好棒");
    // Trimming hears both alike.
    expect(labels.decode(bestLabels(twice, "trim"))).toBe("好棒");
    expect(labels.decode(bestLabels(once, "trim"))).toBe("好棒");
  });

  it("gives words their times, in characters parted by blanks", () => {
    const letters = SpeechLabels.collect(["no go"], "characters");
    const [n, o, blank, g] = letters.encode("no g") as [number, number, number, number];
    const path = [0, n, n, o, 0, blank, 0, g, 0, o];
    const times = { stepSeconds: 0.03, spanSeconds: 0.045 };
    const emissions = emissionsOf(path, letters.classes);
    const { text, words, nbest, confidence } = recognise(emissions, letters, times);
    expect(text).toBe("no go");
    expect(words.map((word) => word.text)).toEqual(["no", "go"]);
    expect(words[0]?.start).toBeCloseTo(0.03);
    expect(words[0]?.end).toBeCloseTo(3 * 0.03 + 0.045);
    expect(words[1]?.start).toBeCloseTo(7 * 0.03);
    expect(nbest[0]?.score).toBeCloseTo(Math.log(confidence), 6);
  });

  it("finds the text of a beam, which sums over paths, and others behind it", () => {
    // Two steps of 0.4 for "a" and 0.6 for the blank: the likeliest path is silence, the likeliest text is "a".
    const words = SpeechLabels.collect(["a"], "words");
    const values = [0.6, 0.4, 0.6, 0.4].map(Math.log);
    const emissions = ctcEmissionsOf(values, 2, 2);
    const times = { stepSeconds: 1, spanSeconds: 1 };
    expect(recognise(emissions, words, times).text).toBe("");
    const found = recognise(emissions, words, times, { beam: 4, nBest: 2 });
    expect(found.nbest.map(({ text }) => text)).toEqual(["a", ""]);
    expect(found.confidence).toBeCloseTo(1 - 0.36, 6);
  });
});
