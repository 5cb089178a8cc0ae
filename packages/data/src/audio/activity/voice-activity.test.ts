import { seeded } from "@timestep/base";
import { describe, expect, it } from "vitest";
import { type AudioClip } from "../wav/clip.js";
import { type ActivitySettings, soundSpans, trimSilence } from "./voice-activity.js";

/** Faint noise, with tones of a level in decibels from and to some seconds. */
function clip(
  seconds: number,
  tones: readonly (readonly [from: number, to: number, decibels: number])[],
): AudioClip {
  const random = seeded(1);
  const samples = Float32Array.from({ length: 8000 * seconds }, (_, n) => {
    const tone = tones.find(([from, to]) => n >= 8000 * from && n < 8000 * to);
    const sound = tone === undefined ? 0 : Math.SQRT2 * 10 ** (tone[2] / 20) * Math.sin(0.7 * n);
    return sound + 0.0003 * random.normal(); // -70 dB
  });
  return { samples, sampleRateHz: 8000 };
}
const none: Partial<ActivitySettings> = { marginSeconds: 0 };

describe("soundSpans", () => {
  it("finds sounds to one frame, and adds margins within the clip", () => {
    const sound = clip(2, [
      [0.02, 0.5, -10],
      [1.2, 1.5, -30],
    ]);
    const bare = soundSpans(sound, none);
    expect(bare).toHaveLength(2);
    for (const [i, [start, end]] of (
      [
        [0.02, 0.5],
        [1.2, 1.5],
      ] as const
    ).entries()) {
      expect(Math.abs((bare[i]?.start ?? 9) - start)).toBeLessThanOrEqual(0.02);
      expect(Math.abs((bare[i]?.end ?? 9) - end)).toBeLessThanOrEqual(0.02);
    }
    const wide = soundSpans(sound, { marginSeconds: 0.1 });
    expect(wide[0]?.start).toBe(0);
    expect(wide[1]?.start).toBeCloseTo((bare[1]?.start ?? 0) - 0.1, 6);
    expect(wide[1]?.end).toBeCloseTo((bare[1]?.end ?? 0) + 0.1, 6);
  });

  it("joins sounds over short pauses and where margins meet", () => {
    const sound = clip(2, [
      [0.3, 0.5, -10],
      [0.6, 0.8, -10],
      [1.2, 1.4, -10],
    ]);
    expect(soundSpans(sound, none)).toHaveLength(2);
    expect(soundSpans(sound, { ...none, minPauseSeconds: 0.05 })).toHaveLength(3);
    expect(soundSpans(sound, { ...none, minPauseSeconds: 0.5 })).toHaveLength(1);
    expect(soundSpans(sound, { marginSeconds: 0.21 })).toHaveLength(1);
  });

  it("hears nothing below the range or the floor, nor clicks", () => {
    expect(
      soundSpans(
        clip(1, [
          [0.1, 0.3, -5],
          [0.6, 0.8, -45],
        ]),
        none,
      ),
    ).toHaveLength(1);
    expect(
      soundSpans(
        clip(1, [
          [0.1, 0.3, -5],
          [0.6, 0.8, -45],
        ]),
        { ...none, rangeDecibels: 50 },
      ),
    ).toHaveLength(2);
    expect(soundSpans(clip(1, []), none)).toEqual([]);
    expect(
      soundSpans(
        clip(1, [
          [0.1, 0.3, -20],
          [0.7, 0.702, -20],
        ]),
        { ...none, minSoundSeconds: 0.05 },
      ),
    ).toHaveLength(1);
  });

  it("takes an offset of the microphone for no sound", () => {
    const sound = clip(1, [[0.4, 0.6, -20]]);
    const shifted = { ...sound, samples: sound.samples.map((sample) => sample + 0.3) };
    expect(soundSpans(shifted, none)).toEqual(soundSpans(sound, none));
  });
});

describe("trimSilence", () => {
  it("cuts both ends and says where; a pause inside stays", () => {
    const sound = clip(2, [
      [0.5, 0.7, -10],
      [1.2, 1.5, -10],
    ]);
    const { clip: trimmed, start, end } = trimSilence(sound, { marginSeconds: 0.05 });
    expect(start).toBeCloseTo(0.44, 1);
    expect(end).toBeCloseTo(1.55, 1);
    expect(trimmed.samples).toEqual(sound.samples.slice(Math.round(start * 8000), Math.round(end * 8000)));
  });

  it("leaves a clip without sound as it is", () => {
    const silence: AudioClip = { samples: new Float32Array(4000), sampleRateHz: 8000 };
    expect(trimSilence(silence)).toEqual({ clip: silence, start: 0, end: 0.5 });
  });

  it("refuses settings that mean nothing", () => {
    for (const settings of [
      { rangeDecibels: 0 },
      { floorDecibels: 5 },
      { marginSeconds: -1 },
      { minPauseSeconds: NaN },
    ]) {
      expect(() => trimSilence(clip(0.1, []), settings)).toThrow("ACTIVITY: voice activity");
    }
  });
});
