import { logSum } from "@timestep/testing";
import { describe, expect, it } from "vitest";
import { drawnEmissions, emissionsOfRows, everyLabelling, pathLog } from "../emissions.fixture.js";
import { collapse } from "../labels.js";
import { ctcAlign } from "./align.js";
import { ctcConfidences, ctcLogProbability } from "./confidence.js";
import { ctcWords } from "./words.js";

describe("against every path", () => {
  it.each([
    { frames: 1, classes: 3, blank: 0 },
    { frames: 5, classes: 3, blank: 0 },
    { frames: 6, classes: 3, blank: 1 },
    { frames: 4, classes: 4, blank: 3 },
  ])("the alignment is the likeliest: $frames frames, $classes classes", ({ frames, classes, blank }) => {
    const emissions = drawnEmissions(frames + classes, frames, classes, 1.5);
    for (const { labels, logProbability, paths } of everyLabelling(emissions, blank)) {
      const best = Math.max(...paths.map((path) => pathLog(emissions, path)));
      const found = ctcAlign(emissions, labels, { blank });
      expect(found.logProbability).toBeCloseTo(best, 10);
      expect(pathLog(emissions, found.path)).toBeCloseTo(best, 10);
      expect(collapse(found.path, blank)).toEqual(labels);
      const filled = Array<number>(frames).fill(blank);
      for (const { label, start, end } of found.spans) filled.fill(label, start, end);
      expect(filled).toEqual(found.path);
      expect(ctcLogProbability(emissions, labels, { blank })).toBeCloseTo(logProbability, 10);
    }
  });

  it.each([0, 1, 2])("a confidence is a share of all that may stand there, blank %i", (blank) => {
    const emissions = drawnEmissions(blank + 20, 6, 3, 1.5);
    const all = everyLabelling(emissions, blank);
    for (const { labels, logProbability } of all) {
      const parts = labels
        .flatMap((_, from) => labels.map((__, n) => ({ from, to: n + 1 })))
        .filter(({ from, to }) => from < to);
      parts.push({ from: 0, to: 0 }, { from: labels.length, to: labels.length });
      const confidences = ctcConfidences(emissions, labels, parts, { blank });
      for (const [n, { from, to }] of parts.entries()) {
        const [before, behind] = [labels.slice(0, from), labels.slice(to)];
        const rivals = all.filter(
          (other) =>
            other.labels.length >= before.length + behind.length &&
            other.labels.slice(0, before.length).join() === before.join() &&
            other.labels.slice(other.labels.length - behind.length).join() === behind.join(),
        );
        const wanted = Math.exp(logProbability - logSum(rivals.map((rival) => rival.logProbability)));
        expect(confidences[n]).toBeCloseTo(wanted, 9);
      }
    }
  });
});

describe("ctcAlign", () => {
  it("says labels early where paths are equal, and stays exact over many frames", () => {
    const even = emissionsOfRows(Array.from({ length: 4 }, () => [1 / 3, 1 / 3, 1 / 3]));
    expect(ctcAlign(even, [1]).path).toEqual([1, 0, 0, 0]);
    expect(ctcAlign(even, [2, 2]).path).toEqual([2, 0, 2, 0]);
    const long = drawnEmissions(2, 2000, 5, 20);
    const { path, logProbability } = ctcAlign(long, [1, 2, 2, 4]);
    expect(collapse(path, 0)).toEqual([1, 2, 2, 4]);
    expect(logProbability).toBeCloseTo(pathLog(long, path), 6);
    expect(logProbability).toBeLessThanOrEqual(ctcLogProbability(long, [1, 2, 2, 4]));
  });

  it("refuses what cannot be aligned", () => {
    const emissions = drawnEmissions(1, 3, 3);
    expect(() => ctcAlign(emissions, [1, 1, 2])).toThrow(
      /CTC_LABEL_TOO_LONG: row 0 has 3 frames .* at least 4/,
    );
    expect(() => ctcAlign(emissions, [0])).toThrow(/CTC_LABEL_RANGE.*is the blank/);
    expect(() => ctcAlign(emissions, [3])).toThrow(/CTC_LABEL_RANGE/);
    const never = emissionsOfRows([
      [0.5, 0, 0.5],
      [0.5, 0, 0.5],
    ]);
    expect(() => ctcAlign(never, [1])).toThrow(/CTC_IMPOSSIBLE/);
    expect(ctcLogProbability(never, [1])).toBe(-Infinity);
    expect(ctcConfidences(never, [1], [{ from: 0, to: 1 }])).toEqual([0]);
    expect(() => ctcConfidences(emissions, [1], [{ from: 0, to: 2 }])).toThrow(/CTC_RANGE/);
    const none = { values: new Float32Array(0), frames: 0, classes: 3 };
    expect(ctcAlign(none, [])).toEqual({ path: [], spans: [], logProbability: 0 });
  });
});

describe("ctcWords", () => {
  const alphabet = ["", " ", "a", "b"];
  const sure = (label: number): number[] => [0, 1, 2, 3].map((k) => (k === label ? 0.94 : 0.02));
  const rows = [0, 2, 2, 3, 0, 1, 1, 0, 3, 3, 0].map(sure);

  it("gives text, frames and confidence of each word", () => {
    const words = ctcWords(emissionsOfRows(rows), [2, 3, 1, 3], { alphabet, separator: 1 });
    expect(words.map(({ text, start, end }) => [text, start, end])).toEqual([
      ["ab", 1, 4],
      ["b", 8, 10],
    ]);
    expect(words.map(({ from, to }) => [from, to])).toEqual([
      [0, 2],
      [3, 4],
    ]);
    for (const { confidence } of words) expect(confidence).toBeGreaterThan(0.7);
  });

  it("is unsure of the one word that is doubtful", () => {
    const doubtful = rows.map((row, t) => (t === 8 || t === 9 ? [0.02, 0.02, 0.44, 0.52] : row));
    const [first, second] = ctcWords(emissionsOfRows(doubtful), [2, 3, 1, 3], { alphabet, separator: 1 });
    expect(first?.confidence).toBeGreaterThan(0.7);
    expect(second?.confidence).toBeLessThan(0.6);
    // "b" and "a" take up nearly all there is in the place of the second word.
    const [, other] = ctcWords(emissionsOfRows(doubtful), [2, 3, 1, 2], { alphabet, separator: 1 });
    expect((second?.confidence ?? 0) + (other?.confidence ?? 0)).toBeLessThan(1);
  });

  it("takes each label for a word where nothing separates them, and skips separators in a row", () => {
    const emissions = emissionsOfRows(rows);
    const digits = ctcWords(emissions, [2, 3, 3], { alphabet });
    expect(digits.map(({ text }) => text)).toEqual(["a", "b", "b"]);
    expect(ctcWords(emissions, [1, 2, 1], { alphabet, separator: 1 }).map(({ text }) => text)).toEqual(["a"]);
    expect(() => ctcWords(emissions, [3], { alphabet: ["", " "] })).toThrow(/CTC_ALPHABET: label 3/);
  });
});
