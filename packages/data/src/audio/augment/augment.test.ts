import { seeded } from "@timestep/base";
import { describe, expect, it } from "vitest";
import { type AudioFeatures } from "../features/features.js";
import { type AudioClip } from "../wav/clip.js";
import { augmentClip } from "./augment-clip.js";
import { addNoise, changeGain, changeSpeed, shiftTime } from "./change-clip.js";
import { maskFeatures } from "./mask-features.js";

const tone = (hertz: number, count = 8000): AudioClip => ({
  sampleRateHz: 8000,
  samples: Float32Array.from({ length: count }, (_, n) => 0.4 * Math.sin((2 * Math.PI * hertz * n) / 8000)),
});
const count = (values: Iterable<number>): AudioClip => ({
  samples: Float32Array.from(values),
  sampleRateHz: 8000,
});
const power = (samples: Float32Array): number => samples.reduce((sum, x) => sum + x * x, 0) / samples.length;

describe("changeSpeed", () => {
  it("scales length and pitch together", () => {
    for (const factor of [0.9, 1.1, 1.25]) {
      const { samples } = changeSpeed(tone(500), factor);
      expect(samples.length).toBe(Math.ceil(8000 / factor));
      const expected = tone(500 * factor).samples;
      for (let n = 500; n < 5000; n += 7) expect(samples[n]).toBeCloseTo(expected[n] as number, 2);
    }
  });

  it("refuses what is no speed", () => {
    for (const factor of [0, -1, 5, NaN]) expect(() => changeSpeed(tone(1), factor)).toThrow("AUGMENTATION");
  });
});

it("changeGain multiplies amplitudes: 20 dB are ten times", () => {
  expect(Array.from(changeGain(count([0.125, -0.25]), 20).samples)).toEqual([1.25, -2.5]);
});

it("shiftTime moves either way, and lets silence in", () => {
  const clip = { samples: Float32Array.of(1, 2, 3), sampleRateHz: 1 };
  expect(Array.from(shiftTime(clip, 1).samples)).toEqual([0, 1, 2]);
  expect(Array.from(shiftTime(clip, -2).samples)).toEqual([3, 0, 0]);
  for (const seconds of [7, -7]) expect(Array.from(shiftTime(clip, seconds).samples)).toEqual([0, 0, 0]);
});

describe("addNoise", () => {
  it.each([-5, 0, 20])("has the ratio asked for: %i dB", (ratio) => {
    const clip = tone(440);
    const noisy = addNoise(clip, ratio, seeded(1));
    const noise = noisy.samples.map((sample, n) => sample - (clip.samples[n] as number));
    expect(10 * Math.log10(power(clip.samples) / power(noise))).toBeCloseTo(ratio, 3);
  });

  it("repeats recorded noise from a random place", () => {
    const recorded = count([1, -2, 4]);
    const clip = count(new Array<number>(7).fill(1));
    const { samples } = addNoise(clip, 0, seeded(2), recorded);
    const noise = Array.from(samples, (sample) => sample - 1);
    expect(noise.slice(3)).toEqual(noise.slice(0, 4));
    const ratios = noise.slice(0, 3).map((value) => Math.round((value / Math.max(...noise)) * 4));
    expect([
      [1, -2, 4],
      [-2, 4, 1],
      [4, 1, -2],
    ]).toContainEqual(ratios);
  });

  it("leaves silence alone, and refuses noise that cannot be added", () => {
    expect(addNoise(count([0, 0]), 10, seeded(1)).samples).toEqual(Float32Array.of(0, 0));
    const clip = count([1]);
    for (const noise of [count([]), count([0]), { samples: Float32Array.of(1), sampleRateHz: 16000 }]) {
      expect(() => addNoise(clip, 10, seeded(1), noise)).toThrow("AUGMENTATION");
    }
  });
});

describe("augmentClip", () => {
  const everything = { speeds: [0.9, 1.1], shiftSeconds: 0.05, gainDecibels: 6, noiseShare: 1 };

  it("gives the same clip for the same state of random, and others later", () => {
    const [one, two] = [seeded(5), seeded(5)];
    const first = augmentClip(tone(300), everything, one);
    expect(augmentClip(tone(300), everything, two)).toEqual(first);
    expect(augmentClip(tone(300), everything, one)).not.toEqual(first);
  });

  it("changes nothing by default", () => {
    const clip = tone(300);
    expect(augmentClip(clip, {}, seeded(1))).toBe(clip);
  });

  it("takes as many draws whatever it does", () => {
    const [one, two] = [seeded(6), seeded(6)];
    augmentClip(tone(300), everything, one);
    augmentClip(tone(300), {}, two);
    expect(one.state()).toEqual(two.state());
  });

  it("adds noise to the share asked for, within the ratios asked for", () => {
    const random = seeded(7);
    const clip = tone(300, 1000);
    const ratios = Array.from({ length: 300 }, () => {
      const { samples } = augmentClip(clip, { noiseShare: 0.3, minNoiseRatio: 5, maxNoiseRatio: 15 }, random);
      return (
        10 * Math.log10(power(clip.samples) / power(samples.map((x, n) => x - (clip.samples[n] as number))))
      );
    }).filter(Number.isFinite);
    expect(Math.abs(ratios.length - 90)).toBeLessThan(32); // the standard deviation is 8
    expect(Math.min(...ratios)).toBeGreaterThan(4.9);
    expect(Math.max(...ratios)).toBeLessThan(15.1);
    expect(Math.max(...ratios) - Math.min(...ratios)).toBeGreaterThan(5);
  });

  it.each([
    { speeds: [] },
    { speeds: [9] },
    { shiftSeconds: -1 },
    { gainDecibels: NaN },
    { noiseShare: 2 },
    { minNoiseRatio: 30, maxNoiseRatio: 20 },
  ])("refuses %j", (settings) => {
    expect(() => augmentClip(tone(1), settings, seeded(1))).toThrow("AUGMENTATION: augmentation: ");
  });
});

describe("maskFeatures", () => {
  const ones = (frames: number, size: number): AudioFeatures => ({
    values: new Float32Array(frames * size).fill(1),
    frames,
    size,
  });
  const nothing = { timeMasks: 0, frequencyMasks: 0 };

  it("wipes whole runs of frames, no longer than asked for, each length equally often", () => {
    const random = seeded(1);
    const lengths = new Map<number, number>();
    for (let i = 0; i < 3000; i++) {
      const { values } = maskFeatures(
        ones(50, 3),
        { ...nothing, timeMasks: 1, maxTimeFrames: 5, maxTimeShare: 1 },
        random,
      );
      const wiped = Array.from({ length: 50 }, (_, t) =>
        values.slice(3 * t, 3 * t + 3).every((value) => value === 0),
      );
      expect(values.filter((value) => value === 0)).toHaveLength(3 * wiped.filter(Boolean).length);
      const length = wiped.filter(Boolean).length;
      expect(wiped.lastIndexOf(true) - wiped.indexOf(true)).toBe(length === 0 ? 0 : length - 1);
      lengths.set(length, (lengths.get(length) ?? 0) + 1);
    }
    expect([...lengths.keys()].sort()).toEqual([0, 1, 2, 3, 4, 5]);
    for (const times of lengths.values()) expect(Math.abs(times - 500)).toBeLessThan(85); // standard deviation 20
  });

  it("wipes at most the share of the clip that is allowed", () => {
    const random = seeded(2);
    for (let i = 0; i < 200; i++) {
      const { values } = maskFeatures(
        ones(12, 1),
        { ...nothing, timeMasks: 1, maxTimeFrames: 99, maxTimeShare: 0.25 },
        random,
      );
      expect(values.filter((value) => value === 0).length).toBeLessThanOrEqual(3);
    }
  });

  it("wipes the same bands in every frame and every part, with the fill asked for", () => {
    const random = seeded(3);
    const settings = { ...nothing, frequencyMasks: 1, maxBands: 3 };
    const widths = new Set<number>();
    for (let i = 0; i < 100; i++) {
      const { values } = maskFeatures(ones(4, 15), settings, random, { parts: 3, fill: -7 });
      const rows = Array.from({ length: 12 }, (_, row) => values.slice(5 * row, 5 * row + 5));
      for (const row of rows) expect(row).toEqual(rows[0]);
      widths.add(rows[0]?.filter((value) => value === -7).length ?? 0);
    }
    expect([...widths].sort()).toEqual([0, 1, 2, 3]);
  });

  it("leaves what it was given as it is, and follows random", () => {
    const features = ones(40, 10);
    const first = maskFeatures(features, {}, seeded(4));
    expect(features.values.every((value) => value === 1)).toBe(true);
    expect(first.values).not.toEqual(features.values);
    expect(maskFeatures(features, {}, seeded(4))).toEqual(first);
  });

  it("refuses what cannot be", () => {
    expect(() => maskFeatures(ones(2, 5), {}, seeded(1), { parts: 2 })).toThrow("no 2 parts");
    for (const settings of [{ timeMasks: -1 }, { maxBands: 0.5 }, { maxTimeShare: 2 }]) {
      expect(() => maskFeatures(ones(2, 5), settings, seeded(1))).toThrow("AUGMENTATION");
    }
  });
});
