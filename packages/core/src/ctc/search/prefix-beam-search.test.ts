import { startEngine } from "@timestep/engine";
import { tensor3d } from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { ctcBestPath, trimmedPath } from "../best-path.js";
import { drawnEmissions, emissionsOfRows } from "../emissions.fixture.js";
import { ctcEmissions, ctcEmissionsAsync, ctcEmissionsOf } from "../emissions.js";
import { prefixBeamSearch, PrefixBeamSearch } from "./prefix-beam-search.js";
import { noBonus, type PrefixBonus } from "./prefix-bonus.js";

await startEngine({ engine: "cpu" });

/** Blank, 好, 棒. */
const say = (labels: readonly number[] = []): string =>
  labels.map((label) => ["", "好", "棒"][label]).join("");

describe("what the blank is for", () => {
  const good = [0.1, 0.8, 0.1];
  const great = [0.1, 0.1, 0.8];
  const between = [0.8, 0.05, 0.15];
  const clips = { 好棒棒: [good, great, between, great], 好棒: [good, good, great, great] };

  it.each(Object.entries(clips))("CTC tells %s from the other; trimming says 好棒 for both", (text, rows) => {
    const emissions = emissionsOfRows(rows);
    const logits = tensor3d([rows]); // probabilities have the same order
    expect(say(ctcBestPath(logits, { lengths: [4] })[0])).toBe(text);
    expect(say(prefixBeamSearch(emissions)[0]?.labels)).toBe(text);
    expect(say(trimmedPath(logits, { lengths: [4] })[0])).toBe("好棒");
  });

  it("without one, nothing can be said twice", () => {
    const logits = tensor3d([2, 1, 2, 1, 1, 2, 1, 2], [1, 4, 2]);
    expect(trimmedPath(logits, { lengths: [4], blank: null })).toEqual([[0, 1]]);
  });
});

describe("prefixBeamSearch", () => {
  it("adds up alignments where the best path takes one", () => {
    // Blanks are the best path, with 0.36; "1" has 0.16 + 2·0.24 = 0.64.
    const emissions = emissionsOfRows([
      [0.6, 0.4],
      [0.6, 0.4],
    ]);
    const [best, second] = prefixBeamSearch(emissions, { nBest: 2 });
    expect(best?.labels).toEqual([1]);
    expect(Math.exp(best?.logProbability as number)).toBeCloseTo(0.64, 12);
    expect(second?.labels).toEqual([]);
    expect(Math.exp(second?.logProbability as number)).toBeCloseTo(0.36, 12);
  });

  it("prunes labels that a frame makes unlikely, and prefixes far behind", () => {
    const emissions = emissionsOfRows([
      [0.5, 0.48, 0.02],
      [0.5, 0.48, 0.02],
    ]);
    const options = { beam: 50, nBest: 50 };
    expect(prefixBeamSearch(emissions, options)).toHaveLength(5); // "", 1, 2, 12, 21
    const likely = prefixBeamSearch(emissions, { ...options, leastProbability: 0.1 });
    expect(likely.map(({ labels }) => labels)).toEqual([[1], []]);
    const near = prefixBeamSearch(emissions, { ...options, margin: 2 });
    expect(near.map(({ labels }) => labels)).toEqual([[1], []]);
  });

  it("takes no frames, and classes that are impossible", () => {
    const none = { values: new Float32Array(0), frames: 0, classes: 3 };
    expect(prefixBeamSearch(none)).toEqual([{ labels: [], score: 0, logProbability: 0 }]);
    const emissions = ctcEmissionsOf([-Infinity, 0, -Infinity, -Infinity, 0, -Infinity], 2, 3);
    expect(prefixBeamSearch(emissions, { nBest: 9 })).toEqual([{ labels: [1], score: 0, logProbability: 0 }]);
  });

  it("knows what the end of a word changes", () => {
    const ending: PrefixBonus = { ...noBonus, final: () => -5, after: () => noBonus };
    const search = new PrefixBeamSearch({ bonus: ending }).push(emissionsOfRows([[0.9, 0.1]]));
    expect(search.present().labels).toEqual([]);
    expect(search.results()[0]?.labels).toEqual([1]);
  });

  it.each([
    [/CTC_BEAM: beam is a whole number from 1/, { beam: 0 }],
    [/CTC_BEAM: nBest is a whole number from 1 to the beam's 2, got 3/, { beam: 2, nBest: 3 }],
    [/CTC_BEAM: leastProbability/, { leastProbability: 2 }],
    [/CTC_BEAM: margin/, { margin: -1 }],
    [/CTC_BLANK/, { blank: 3 }],
  ])("refuses with %s", (message, options) => {
    expect(() => prefixBeamSearch(drawnEmissions(1, 2, 3), options)).toThrow(message);
  });

  it("refuses what are no log probabilities", () => {
    const values = Float32Array.of(0.2, 0.8);
    expect(() => prefixBeamSearch({ values, frames: 1, classes: 2 })).toThrow(
      /CTC_NOT_LOG_PROBABILITIES: the probabilities of frame 0 add up to 3\.4/,
    );
    expect(() => prefixBeamSearch({ values, frames: 2, classes: 2 })).toThrow(
      /CTC_EMISSIONS: 2 frames of 2 classes do not make 2 numbers/,
    );
    const broken = { values: Float32Array.of(NaN, 0), frames: 1, classes: 2 };
    expect(() => prefixBeamSearch(broken)).toThrow(/CTC_NOT_FINITE: frame 0/);
    const search = new PrefixBeamSearch().push(drawnEmissions(1, 2, 3));
    expect(() => search.push(drawnEmissions(1, 2, 4))).toThrow(
      /CTC_EMISSIONS: frames of 4 classes came after/,
    );
  });
});

describe("emissions", () => {
  it("are the rows of a batch, normalised and cut to their lengths", async () => {
    const logits = tensor3d([0, Math.log(3), 5, 5, 1, 1, NaN, 0], [2, 2, 2]);
    const rows = ctcEmissions(logits, { lengths: [2, 1] });
    expect(rows.map(({ values }) => [...values].map((value) => Number(Math.exp(value).toFixed(6))))).toEqual([
      [0.25, 0.75, 0.5, 0.5],
      [0.5, 0.5],
    ]);
    expect(await ctcEmissionsAsync(logits, { lengths: [2, 1] })).toEqual(rows);
    expect(() => ctcEmissions(logits, { lengths: [2, 2] })).toThrow(/CTC_NOT_FINITE: row 1/);
    expect(() => ctcEmissions(logits, { lengths: [3, 2] })).toThrow(/CTC_LENGTHS/);
  });
});
