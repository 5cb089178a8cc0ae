import { ConfigError } from "@timestep/base";
import { type AudioClip } from "../wav/clip.js";

/** What counts as sound. */
export interface ActivitySettings {
  /** Frames quieter than the loudest one by more than this are silence. */
  readonly rangeDecibels: number;
  /** Frames below this level (root mean square, of full scale) are silence in any case. */
  readonly floorDecibels: number;
  /** Sounds shorter than this are clicks. */
  readonly minSoundSeconds: number;
  /** Pauses shorter than this belong to the sound around them. */
  readonly minPauseSeconds: number;
  /** What is kept before and after a sound: soft beginnings and ends lie below the threshold. */
  readonly marginSeconds: number;
}

export const DEFAULT_ACTIVITY: ActivitySettings = {
  rangeDecibels: 35,
  floorDecibels: -60,
  minSoundSeconds: 0.03,
  minPauseSeconds: 0.2,
  marginSeconds: 0.05,
};

/** A part of a clip in seconds. */
export interface SoundSpan {
  readonly start: number;
  readonly end: number;
}

/** Energy is measured over 20 ms every 10 ms. */
const HOP_SECONDS = 0.01;

/**
 * Where there is sound in a clip, by energy: spans in order, margins included, none overlapping. Nothing tells speech
 * from other sound.
 *
 * @throws {ConfigError} ACTIVITY when a setting is out of range.
 */
export function soundSpans(clip: AudioClip, given: Partial<ActivitySettings> = {}): SoundSpan[] {
  const settings = { ...DEFAULT_ACTIVITY, ...given };
  checkSettings(settings);
  const { rangeDecibels, floorDecibels, minSoundSeconds, minPauseSeconds, marginSeconds } = settings;
  const hop = Math.max(1, Math.round(HOP_SECONDS * clip.sampleRateHz));
  const levels = frameLevels(clip.samples, hop);
  const threshold = Math.max(floorDecibels, Math.max(...chunkMaxima(levels)) - rangeDecibels);
  const sounds = merged(loudRuns(levels, threshold), minPauseSeconds / HOP_SECONDS).filter(
    ([from, to]) => (to - from) * HOP_SECONDS >= minSoundSeconds,
  );
  const seconds = clip.samples.length / clip.sampleRateHz;
  const margin = Math.round(marginSeconds / HOP_SECONDS);
  return merged(
    sounds.map(([from, to]) => [Math.max(0, from - margin), to + margin] as const),
    0,
  ).map(([from, to]) => ({
    start: (from * hop) / clip.sampleRateHz,
    end: Math.min(seconds, (to * hop) / clip.sampleRateHz),
  }));
}

/**
 * A clip without the silence before its first and after its last sound, and where it was cut. A clip without any sound
 * stays whole.
 *
 * @throws {ConfigError} ACTIVITY
 */
export function trimSilence(
  clip: AudioClip,
  settings: Partial<ActivitySettings> = {},
): SoundSpan & { readonly clip: AudioClip } {
  const spans = soundSpans(clip, settings);
  const start = spans[0]?.start ?? 0;
  const end = spans.at(-1)?.end ?? clip.samples.length / clip.sampleRateHz;
  const { sampleRateHz } = clip;
  const samples = clip.samples.slice(Math.round(start * sampleRateHz), Math.round(end * sampleRateHz));
  return { clip: { samples, sampleRateHz }, start, end };
}

/** Level of each frame of two hops, in decibels of full scale; a constant offset is no sound. */
function frameLevels(samples: Float32Array, hop: number): Float64Array {
  const levels = new Float64Array(Math.ceil(samples.length / hop));
  for (let t = 0; t < levels.length; t++) {
    const frame = samples.subarray(t * hop, (t + 2) * hop);
    let sum = 0;
    for (const sample of frame) sum += sample;
    const mean = sum / frame.length;
    let squares = 0;
    for (const sample of frame) squares += (sample - mean) ** 2;
    levels[t] = 10 * Math.log10(squares / frame.length + 1e-20);
  }
  return levels;
}

/** Maxima of pieces small enough to be handed on as arguments. */
function chunkMaxima(levels: Float64Array): number[] {
  const maxima = [Number.NEGATIVE_INFINITY];
  for (let at = 0; at < levels.length; at += 1024) maxima.push(Math.max(...levels.subarray(at, at + 1024)));
  return maxima;
}

type Run = readonly [from: number, to: number];

function loudRuns(levels: Float64Array, threshold: number): Run[] {
  const runs: Run[] = [];
  let from = -1;
  for (let t = 0; t <= levels.length; t++) {
    const loud = t < levels.length && (levels[t] as number) > threshold;
    if (loud && from < 0) from = t;
    if (loud || from < 0) continue;
    runs.push([from, t + 1]); // a frame reaches one hop beyond its place
    from = -1;
  }
  return runs;
}

/** Joins runs that overlap or are less than `pause` apart. */
function merged(runs: readonly Run[], pause: number): Run[] {
  const joined: Run[] = [];
  for (const [from, to] of runs) {
    const last = joined.at(-1);
    if (last !== undefined && (from <= last[1] || from - last[1] < pause)) {
      joined[joined.length - 1] = [last[0], Math.max(last[1], to)];
    } else joined.push([from, to]);
  }
  return joined;
}

function checkSettings(settings: ActivitySettings): void {
  const limits: Readonly<Record<keyof ActivitySettings, readonly [low: number, high: number]>> = {
    rangeDecibels: [1, 200],
    floorDecibels: [-200, 0],
    minSoundSeconds: [0, 60],
    minPauseSeconds: [0, 60],
    marginSeconds: [0, 60],
  };
  for (const [name, [low, high]] of Object.entries(limits)) {
    const value = settings[name as keyof ActivitySettings];
    if (value >= low && value <= high) continue;
    throw new ConfigError("ACTIVITY", `voice activity: ${name} is ${value}, expected ${low} to ${high}.`);
  }
}
