import { ConfigError, type Random } from "@timestep/base";
import { type AudioFeatures } from "../features/features.js";

/** Masks of SpecAugment: runs of frames and of bands that are wiped out. */
export interface MaskSettings {
  readonly timeMasks: number;
  /** A time mask is 0 to this many frames long, each equally likely. */
  readonly maxTimeFrames: number;
  /** A time mask covers at most this share of the clip. */
  readonly maxTimeShare: number;
  readonly frequencyMasks: number;
  /** A frequency mask is 0 to this many bands wide, each equally likely. */
  readonly maxBands: number;
}

export const DEFAULT_MASKS: MaskSettings = {
  timeMasks: 2,
  maxTimeFrames: 20,
  maxTimeShare: 0.2,
  frequencyMasks: 2,
  maxBands: 8,
};

export interface MaskOptions {
  /** How many parts a vector has, of one length each: 3 with two orders of differences. A band is wiped in all. Default 1. */
  readonly parts?: number | undefined;
  /** What is written over. Default 0, the mean of normalised features. */
  readonly fill?: number | undefined;
}

/**
 * A copy of some features with masks over it. The same state of `random` gives the same masks.
 *
 * @throws {ConfigError} AUGMENTATION when a setting is out of range.
 * @see Park et al. 2019, "SpecAugment", doi:10.21437/Interspeech.2019-2680, section 2 (without time warping, which the
 *   paper finds to help least).
 */
export function maskFeatures(
  { values, frames, size }: AudioFeatures,
  given: Partial<MaskSettings>,
  random: Random,
  { parts = 1, fill = 0 }: MaskOptions = {},
): AudioFeatures {
  const settings = { ...DEFAULT_MASKS, ...given };
  checkMasks(settings);
  if (!Number.isInteger(parts) || parts < 1 || size % parts !== 0) {
    throw new ConfigError(
      "AUGMENTATION",
      `vectors of ${size} coefficients have no ${parts} parts of one length.`,
    );
  }
  const masked = values.slice();
  const longest = Math.min(settings.maxTimeFrames, Math.floor(settings.maxTimeShare * frames));
  for (let mask = 0; mask < settings.timeMasks; mask++) {
    const [from, to] = drawRun(longest, frames, random);
    masked.fill(fill, from * size, to * size);
  }
  const bands = size / parts;
  for (let mask = 0; mask < settings.frequencyMasks; mask++) {
    const [from, to] = drawRun(Math.min(settings.maxBands, bands), bands, random);
    for (let row = 0; row < frames * parts; row++) masked.fill(fill, row * bands + from, row * bands + to);
  }
  return { values: masked, frames, size };
}

/** A run of 0 to `longest` places among `count`, its start anywhere that lets it fit. */
function drawRun(longest: number, count: number, random: Random): [from: number, to: number] {
  const length = random.integer(longest + 1);
  const from = random.integer(count - length + 1);
  return [from, from + length];
}

/** @throws {ConfigError} AUGMENTATION */
export function checkMasks(settings: MaskSettings): void {
  for (const name of ["timeMasks", "maxTimeFrames", "frequencyMasks", "maxBands"] as const) {
    const value = settings[name];
    if (Number.isInteger(value) && value >= 0 && value <= 100_000) continue;
    throw new ConfigError(
      "AUGMENTATION",
      `augmentation: ${name} is ${value}, expected a whole number of at least 0.`,
    );
  }
  if (settings.maxTimeShare >= 0 && settings.maxTimeShare <= 1) return;
  throw new ConfigError(
    "AUGMENTATION",
    `augmentation: maxTimeShare is ${settings.maxTimeShare}, expected 0 to 1.`,
  );
}
