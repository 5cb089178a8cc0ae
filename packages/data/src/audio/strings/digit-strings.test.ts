import { describe, expect, it } from "vitest";
import { type SpokenExample } from "../corpus/spoken.js";
import { digitStrings, type DigitStringSettings } from "./digit-strings.js";

/** Three recordings of each digit by each speaker; sample values tell recording and place. */
const recordings = ["ann", "bob"].flatMap((speaker, s) =>
  Array.from({ length: 30 }, (_, i): SpokenExample => {
    const samples = Float32Array.from({ length: 100 + i }, () => (1 + i + 100 * s) / 1000);
    return {
      id: `${speaker}-${i}`,
      text: String(i % 10),
      speaker,
      where: { file: `${speaker}-${i}.wav`, line: 1 },
      audio: () => Promise.resolve({ samples, sampleRateHz: 8000 }),
    };
  }),
);
const quiet = { noiseDecibels: null };
const sound = async (example: SpokenExample | undefined): Promise<number[]> =>
  Array.from((await example?.audio())?.samples ?? []);
/** Runs of equal samples that are not silence: [value, length] of each recording in a string. */
const runs = (samples: readonly number[]): [value: number, length: number][] => {
  const found: [number, number][] = [];
  for (const [n, value] of samples.entries()) {
    const last = found.at(-1);
    if (value === 0) continue;
    if (last !== undefined && samples[n - 1] === value) last[1]++;
    else found.push([value, 1]);
  }
  return found;
};

describe("digitStrings", () => {
  it("joins whole recordings of the digits in its text, all of one speaker", async () => {
    for (const string of digitStrings(recordings, { ...quiet, count: 40, minGapSeconds: 0.01 })) {
      const parts = runs(await sound(string)).map(([value, length]) => {
        const number = Math.round(value * 1000) - 1;
        expect(length).toBe(100 + (number % 100));
        return { speaker: number >= 100 ? "bob" : "ann", digit: String((number % 100) % 10) };
      });
      expect(parts.map(({ digit }) => digit).join(" ")).toBe(string.text);
      expect(new Set(parts.map(({ speaker }) => speaker))).toEqual(new Set([string.speaker]));
    }
  });

  it("gives the same sound again, in whatever order it is asked for, and another one by another seed", async () => {
    const first = digitStrings(recordings, { count: 5, seed: 3 });
    const second = digitStrings(recordings, { count: 5, seed: 3 });
    const later = await sound(second[4]);
    for (const i of [0, 1, 2, 3]) expect(await sound(first[i])).toEqual(await sound(second[i]));
    expect(later).toEqual(await sound(first[4]));
    expect(later).toEqual(await sound(first[4]));
    const other = digitStrings(recordings, { count: 5, seed: 4 });
    expect(other.map(({ text }) => text)).not.toEqual(first.map(({ text }) => text));
  });

  it("repeats digits as often as it says, from another recording, and spreads lengths, digits and speakers", () => {
    const strings = digitStrings(recordings, { count: 4000, repeatShare: 0.3, seed: 2 });
    const digits = strings.map(({ text }) => text.split(" "));
    const pairs = digits.flatMap((list) => list.slice(1).map((digit, i) => digit === list[i]));
    // 12000 pairs: the standard deviation of the share is 0.0042.
    expect(Math.abs(pairs.filter(Boolean).length / pairs.length - 0.3)).toBeLessThan(0.013);
    for (let length = 1; length <= 7; length++) {
      const share = digits.filter((list) => list.length === length).length / 4000;
      expect(Math.abs(share - 1 / 7)).toBeLessThan(0.02);
    }
    for (let digit = 0; digit < 10; digit++) {
      const share = digits.flat().filter((one) => one === String(digit)).length / digits.flat().length;
      expect(Math.abs(share - 0.1)).toBeLessThan(0.012);
    }
    expect(strings.filter(({ speaker }) => speaker === "ann")).toHaveLength(2000);
    expect(new Set(strings.map(({ id }) => id)).size).toBe(4000);
  });

  it("uses each recording of a digit before one is used again, and never one twice running", async () => {
    const settings = {
      ...quiet,
      count: 1,
      minDigits: 300,
      maxDigits: 300,
      repeatShare: 0.5,
      minGapSeconds: 0.01,
    };
    const values = runs(await sound(digitStrings(recordings.slice(0, 30), settings)[0])).map(
      ([value]) => value,
    );
    expect(values).toHaveLength(300);
    expect(values.every((value, i) => i === 0 || value !== values[i - 1])).toBe(true);
    const counts = new Map<number, number>();
    for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
    for (let digit = 0; digit < 10; digit++) {
      const uses = [0, 10, 20].map((k) => counts.get(Math.fround((1 + digit + k) / 1000)) ?? 0);
      expect(Math.max(...uses) - Math.min(...uses)).toBeLessThanOrEqual(1);
    }
  });

  it("keeps pauses within their limits and fills them with noise of the level asked for", async () => {
    const settings = { count: 60, minDigits: 2, maxDigits: 2, minGapSeconds: 0.05, maxGapSeconds: 0.1 };
    const noise: number[] = [];
    for (const string of digitStrings(recordings, { ...settings, noiseDecibels: -40 })) {
      const samples = await sound(string);
      const values = new Set(
        recordings.map((_, i) => Math.fround((1 + (i % 30) + 100 * Math.floor(i / 30)) / 1000)),
      );
      const gaps = samples.map((value) => !values.has(value));
      const first = gaps.indexOf(false);
      const last = gaps.lastIndexOf(false);
      const between = gaps.slice(first, last).filter(Boolean).length;
      expect(first).toBeLessThanOrEqual(800);
      expect(samples.length - 1 - last).toBeLessThanOrEqual(800);
      expect(between).toBeGreaterThanOrEqual(400);
      expect(between).toBeLessThanOrEqual(800);
      noise.push(...samples.filter((_, n) => gaps[n]));
    }
    const power = noise.reduce((sum, value) => sum + value * value, 0) / noise.length;
    expect(Math.abs(10 * Math.log10(power) + 40)).toBeLessThan(0.2);
  });

  it("brings recordings of other rates to the first one's", async () => {
    const slow: SpokenExample = {
      id: "slow",
      text: "1",
      where: { file: "slow.wav", line: 1 },
      audio: () => Promise.resolve({ samples: new Float32Array(4000), sampleRateHz: 4000 }),
    };
    const fast = {
      ...slow,
      id: "fast",
      text: "2",
      audio: () => Promise.resolve({ samples: new Float32Array(8000), sampleRateHz: 8000 }),
    };
    const settings = {
      ...quiet,
      count: 1,
      minDigits: 2,
      maxDigits: 2,
      minGapSeconds: 0,
      maxGapSeconds: 0,
      repeatShare: 0,
    };
    const clip = await digitStrings([slow, fast], settings)[0]?.audio();
    expect((clip?.samples.length ?? 0) / (clip?.sampleRateHz ?? 1)).toBe(2);
  });

  it.each<[Partial<DigitStringSettings>, string]>([
    [{ count: 0 }, "count is 0"],
    [{ minDigits: 0 }, "minDigits is 0"],
    [{ minDigits: 3, maxDigits: 2 }, "maxDigits is 2, expected a whole number of at least minDigits"],
    [{ minGapSeconds: -1 }, "minGapSeconds is -1"],
    [{ maxGapSeconds: 0 }, "maxGapSeconds is 0"],
    [{ noiseDecibels: 3 }, "noiseDecibels is 3"],
    [{ repeatShare: 2 }, "repeatShare is 2"],
    [{ seed: 0.5 }, "seed is 0.5"],
  ])("refuses %j", (settings, message) => {
    expect(() => digitStrings(recordings, settings)).toThrow(`DIGIT_STRINGS: digit strings: ${message}`);
  });

  it("refuses recordings of several words, and none", () => {
    const [first] = recordings as [SpokenExample];
    expect(() => digitStrings([{ ...first, text: "7 7" }])).toThrow(
      'DIGIT_STRINGS_WORDS: "ann-0" says "7 7"',
    );
    expect(() => digitStrings([])).toThrow("DIGIT_STRINGS_EMPTY");
  });
});
