import { ConfigError } from "@timestep/base";

/** How sound becomes a sequence of vectors: a plain object, stored with a model and applied to all it hears. */
export interface FeatureSettings {
  /** `mfcc`: cepstra of the log-mel energies; `log-power`: the logarithm of every bin, a spectrogram. */
  readonly kind: "log-mel" | "mfcc" | "log-power";
  /** Clips of other rates are resampled to this one. */
  readonly sampleRateHz: number;
  readonly windowSeconds: number;
  readonly hopSeconds: number;
  readonly window: WindowKind;
  /** y_n = x_n - preEmphasis·x_{n-1}; 0 for none. */
  readonly preEmphasis: number;
  readonly melScale: MelScale;
  readonly melBands: number;
  readonly lowHz: number;
  /** Null: half the sample rate. */
  readonly highHz: number | null;
  /** Energies below this are raised to it before the logarithm; full scale is 1. */
  readonly floor: number;
  /** How many cepstra `mfcc` keeps, the zeroth included. */
  readonly cepstra: number;
  /** L of the sine lifter 1 + L/2·sin(πn/L) on the cepstra; 0 for none. */
  readonly lifter: number;
  /** 1 appends differences over time, 2 also the differences of those. */
  readonly deltas: 0 | 1 | 2;
  /** Frames on each side that a difference looks at. */
  readonly deltaWidth: number;
  readonly normalisation: Normalisation;
}

export type WindowKind = "hann" | "hamming" | "povey";
export type MelScale = "htk" | "slaney";

/** How features are brought to mean 0 and (with `variance`) variance 1, each coefficient for itself. */
export type Normalisation =
  | { readonly kind: "none" }
  /** By the clip's own mean and variance. */
  | { readonly kind: "utterance"; readonly variance: boolean }
  /** By the mean and variance of the training clips. */
  | { readonly kind: "global"; readonly variance: boolean }
  /**
   * By what was heard so far, for streaming: the past fades by half in `halfLifeSeconds`, and the mean and variance of
   * the training clips weigh as much as `priorSeconds` of sound before the first frame.
   */
  | {
      readonly kind: "running";
      readonly variance: boolean;
      readonly halfLifeSeconds: number;
      readonly priorSeconds: number;
    };

/** 40 log-mel energies every 10 ms at 8 kHz, normalised by clip. */
export const DEFAULT_FEATURES: FeatureSettings = {
  kind: "log-mel",
  sampleRateHz: 8000,
  windowSeconds: 0.025,
  hopSeconds: 0.01,
  window: "hann",
  preEmphasis: 0.97,
  melScale: "slaney",
  melBands: 40,
  lowHz: 20,
  highHz: null,
  floor: 1e-10,
  cepstra: 13,
  lifter: 22,
  deltas: 0,
  deltaWidth: 2,
  normalisation: { kind: "utterance", variance: true },
};

/** Settings in whole samples and bins. */
export interface FrameSizes {
  readonly window: number;
  readonly hop: number;
  /** The window's length rounded up to a power of two. */
  readonly fft: number;
  /** Bins of the spectrum: fft/2 + 1. */
  readonly bins: number;
}

export function frameSizes(settings: FeatureSettings): FrameSizes {
  const window = Math.round(settings.windowSeconds * settings.sampleRateHz);
  const hop = Math.round(settings.hopSeconds * settings.sampleRateHz);
  const fft = 2 ** Math.ceil(Math.log2(Math.max(window, 4)));
  return { window, hop, fft, bins: fft / 2 + 1 };
}

/** F: how long a vector of features is. */
export function featureSize(settings: FeatureSettings): number {
  return staticSize(settings) * (1 + settings.deltas);
}

/** Length of a vector before differences are appended. */
export function staticSize(settings: FeatureSettings): number {
  if (settings.kind === "log-mel") return settings.melBands;
  return settings.kind === "mfcc" ? settings.cepstra : frameSizes(settings).bins;
}

/**
 * Settings with defaults for what is not given, checked.
 *
 * @throws {ConfigError} AUDIO_FEATURES naming the setting that is out of range or contradicts another.
 */
export function featureSettings(given: Partial<FeatureSettings> = {}): FeatureSettings {
  const settings = { ...DEFAULT_FEATURES, ...given };
  const nyquist = settings.sampleRateHz / 2;
  const high = settings.highHz ?? nyquist;
  oneOf("kind", settings.kind, ["log-mel", "mfcc", "log-power"]);
  whole("sampleRateHz", settings.sampleRateHz, 1000, 768_000);
  between("windowSeconds", settings.windowSeconds, 0.001, 1);
  between("hopSeconds", settings.hopSeconds, 1 / settings.sampleRateHz, settings.windowSeconds);
  oneOf("window", settings.window, ["hann", "hamming", "povey"]);
  between("preEmphasis", settings.preEmphasis, 0, 1);
  oneOf("melScale", settings.melScale, ["htk", "slaney"]);
  whole("melBands", settings.melBands, 1, 512);
  between("highHz", high, 1, nyquist);
  between("lowHz", settings.lowHz, 0, high - 1);
  between("floor", settings.floor, 1e-30, 1);
  whole("cepstra", settings.cepstra, 1, settings.kind === "mfcc" ? settings.melBands : 512);
  between("lifter", settings.lifter, 0, 1000);
  oneOf("deltas", settings.deltas, [0, 1, 2]);
  whole("deltaWidth", settings.deltaWidth, 1, 20);
  checkNormalisation(settings.normalisation);
  return settings;
}

function checkNormalisation(normalisation: Normalisation): void {
  oneOf("normalisation.kind", normalisation.kind, ["none", "utterance", "global", "running"]);
  if (normalisation.kind === "none") return;
  oneOf("normalisation.variance", normalisation.variance, [true, false]);
  if (normalisation.kind !== "running") return;
  between("normalisation.halfLifeSeconds", normalisation.halfLifeSeconds, 0.01, 1e6);
  between("normalisation.priorSeconds", normalisation.priorSeconds, 0, 1e6);
}

function between(name: string, value: unknown, low: number, high: number): void {
  if (typeof value === "number" && value >= low && value <= high) return;
  throw outside(name, value, `a number from ${low} to ${high}`);
}

function whole(name: string, value: unknown, low: number, high: number): void {
  if (Number.isInteger(value) && (value as number) >= low && (value as number) <= high) return;
  throw outside(name, value, `a whole number from ${low} to ${high}`);
}

function oneOf(name: string, value: unknown, values: readonly unknown[]): void {
  if (!values.includes(value))
    throw outside(name, value, values.map((one) => JSON.stringify(one)).join(", "));
}

function outside(name: string, value: unknown, expected: string): ConfigError {
  return new ConfigError(
    "AUDIO_FEATURES",
    `audio features: ${name} is ${value === undefined ? "missing" : JSON.stringify(value)}, expected ${expected}.`,
    { hint: "Correct the setting, or leave it out to take the default." },
  );
}
