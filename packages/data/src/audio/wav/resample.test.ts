import { describe, expect, it } from "vitest";
import { resample } from "./resample.js";

const tone = (hertz: number, rate: number, seconds = 0.5): Float32Array =>
  Float32Array.from({ length: rate * seconds }, (_, n) => Math.sin((2 * Math.PI * hertz * n) / rate + 0.3));
/** Power in decibels, away from the ends; a full tone has -3. */
const decibels = (samples: Float32Array): number => {
  const inner = samples.subarray(500, samples.length - 500);
  return 10 * Math.log10(inner.reduce((sum, value) => sum + value * value, 0) / inner.length + 1e-30);
};
const RATES = [
  [16000, 8000],
  [8000, 16000],
  [44100, 8000],
  [48000, 16000],
  [11025, 8000],
  [9000, 10000],
] as const;

describe("resample", () => {
  it.each(RATES)("keeps tones where they are in time from %i to %i Hz", (from, to) => {
    for (const share of [0.01, 0.3, 0.8]) {
      const hertz = (share * Math.min(from, to)) / 2;
      const output = resample(tone(hertz, from), from, to);
      const expected = tone(hertz, to);
      expect(output.length).toBe(Math.ceil((0.5 * from * to) / from));
      let worst = 0;
      for (let n = 500; n < output.length - 500; n++) {
        worst = Math.max(worst, Math.abs((output[n] as number) - (expected[n] as number)));
      }
      expect(worst).toBeLessThan(2e-3);
    }
  });

  it.each([
    [16000, 8000],
    [44100, 8000],
    [48000, 16000],
  ])("leaves nothing above half the new rate to fold down, from %i to %i Hz", (from, to) => {
    for (const hertz of [to / 2 + 1, 0.6 * to, 0.9 * to]) {
      expect(decibels(resample(tone(hertz, from), from, to))).toBeLessThan(-85);
    }
  });

  it("makes no images above half the old rate", () => {
    const output = resample(tone(1000, 8000), 8000, 16000);
    // Taking every second sample and its mirror apart shows images: a pure tone obeys y[n+1] + y[n-1] = 2·cos(ω)·y[n].
    const cosine = 2 * Math.cos((2 * Math.PI * 1000) / 16000);
    const rest = output.map((value, n) => (output[n + 1] ?? 0) + (output[n - 1] ?? 0) - cosine * value);
    expect(decibels(rest)).toBeLessThan(-80);
  });

  it("keeps a constant", () => {
    const output = resample(new Float32Array(2000).fill(0.7), 44100, 8000);
    expect(output.subarray(100, 250).every((value) => Math.abs(value - 0.7) < 1e-6)).toBe(true);
  });

  it("hands the samples on where the rate is right", () => {
    const samples = tone(100, 8000);
    expect(resample(samples, 8000, 8000)).toBe(samples);
  });

  it.each([
    [0, 8000],
    [8000, 8000.5],
    [8000, 7_999_993],
  ])("refuses %d to %d Hz", (from, to) => {
    expect(() => resample(new Float32Array(1), from, to)).toThrow("RESAMPLE_RATE");
  });
});
