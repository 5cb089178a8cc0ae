import { ConfigError, type Random } from "@timestep/base";
import { type AudioClip } from "../wav/clip.js";
import { addNoise, changeGain, changeSpeed, shiftTime } from "./change-clip.js";

/** How clips vary from epoch to epoch. A plain object, stored with a model. */
export interface ClipAugmentation {
  /** One of these is drawn for each clip; list 1 more than once to leave more clips as they are. */
  readonly speeds: readonly number[];
  /** Clips move later or earlier by up to this. */
  readonly shiftSeconds: number;
  /** Clips grow louder or softer by up to this. */
  readonly gainDecibels: number;
  /** How many of the clips get white noise. */
  readonly noiseShare: number;
  /** The signal-to-noise ratio is drawn between these. */
  readonly minNoiseRatio: number;
  readonly maxNoiseRatio: number;
}

/** Changes nothing. */
export const NO_AUGMENTATION: ClipAugmentation = {
  speeds: [1],
  shiftSeconds: 0,
  gainDecibels: 0,
  noiseShare: 0,
  minNoiseRatio: 10,
  maxNoiseRatio: 40,
};

/**
 * A clip varied at random: speed, then shift, gain and noise. Every clip takes the same number of draws for the choices
 * themselves, and noise comes from a stream of its own, so what one setting does leaves the others' draws as they are.
 *
 * @throws {ConfigError} AUGMENTATION when a setting is out of range.
 */
export function augmentClip(clip: AudioClip, given: Partial<ClipAugmentation>, random: Random): AudioClip {
  const settings = { ...NO_AUGMENTATION, ...given };
  checkSettings(settings);
  const { speeds, shiftSeconds, gainDecibels, noiseShare, minNoiseRatio, maxNoiseRatio } = settings;
  const speed = speeds[Math.floor(random.uniform() * speeds.length)] as number;
  const shift = shiftSeconds * (2 * random.uniform() - 1);
  const gain = gainDecibels * (2 * random.uniform() - 1);
  const noisy = random.uniform() < noiseShare;
  const ratio = minNoiseRatio + (maxNoiseRatio - minNoiseRatio) * random.uniform();
  let varied = speed === 1 ? clip : changeSpeed(clip, speed);
  if (shift !== 0) varied = shiftTime(varied, shift);
  if (gain !== 0) varied = changeGain(varied, gain);
  return noisy ? addNoise(varied, ratio, random.fork("noise")) : varied;
}

function checkSettings(settings: ClipAugmentation): void {
  const { speeds, shiftSeconds, gainDecibels, noiseShare, minNoiseRatio, maxNoiseRatio } = settings;
  const checks: readonly (readonly [right: boolean, name: keyof ClipAugmentation, expected: string])[] = [
    [
      speeds.length > 0 && speeds.every((speed) => speed >= 0.25 && speed <= 4),
      "speeds",
      "some of 0.25 to 4",
    ],
    [shiftSeconds >= 0 && shiftSeconds <= 3600, "shiftSeconds", "0 to 3600"],
    [gainDecibels >= 0 && gainDecibels <= 200, "gainDecibels", "0 to 200"],
    [noiseShare >= 0 && noiseShare <= 1, "noiseShare", "0 to 1"],
    [minNoiseRatio >= -100 && minNoiseRatio <= 200, "minNoiseRatio", "-100 to 200"],
    [maxNoiseRatio >= minNoiseRatio && maxNoiseRatio <= 200, "maxNoiseRatio", "minNoiseRatio to 200"],
  ];
  for (const [right, name, expected] of checks) {
    if (right) continue;
    const value = JSON.stringify(settings[name]);
    throw new ConfigError("AUGMENTATION", `augmentation: ${name} is ${value}, expected ${expected}.`);
  }
}
