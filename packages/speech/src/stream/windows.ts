import type { CtcEmissions } from "@timestep/core";
import { type AudioClip, clipSeconds } from "@timestep/data";
import type { Listener } from "../sound/listener.js";

/** How long recordings are cut. */
export interface WindowSettings {
  /** Seconds of a window. */
  readonly windowSeconds: number;
  /** Seconds that neighbours share; each is trusted up to the middle of what they share. */
  readonly overlapSeconds: number;
}

/** A piece of a recording, and the steps of it that count. */
export interface AudioWindow {
  readonly clip: AudioClip;
  /** The first of the window's steps that counts, and the one after the last. */
  readonly from: number;
  readonly to: number;
}

/** Overlapping pieces of a recording whose steps that count make up the whole, or the recording where it is short. */
export function audioWindows(
  clip: AudioClip,
  listener: Listener,
  { windowSeconds, overlapSeconds }: WindowSettings,
): AudioWindow[] {
  const total = listener.stepsOf(clipSeconds(clip));
  if (clipSeconds(clip) <= windowSeconds) return [{ clip, from: 0, to: total }];
  const { stepSeconds, spanSeconds } = listener;
  const overlap = Math.max(2, 2 * Math.round(overlapSeconds / stepSeconds / 2));
  const steps = Math.max(2 * overlap, Math.floor((windowSeconds - spanSeconds) / stepSeconds) + 1);
  const windows: AudioWindow[] = [];
  const { samples, sampleRateHz } = clip;
  for (let first = 0; ; first += steps - overlap) {
    const last = first + steps >= total;
    const from = Math.round(first * stepSeconds * sampleRateHz);
    const to = Math.round(((first + steps - 1) * stepSeconds + spanSeconds) * sampleRateHz);
    windows.push({
      clip: { samples: last ? samples.subarray(from) : samples.subarray(from, to), sampleRateHz },
      from: first === 0 ? 0 : overlap / 2,
      to: last ? total - first : steps - overlap / 2,
    });
    if (last) return windows;
  }
}

/** The steps that count, one after the other. */
export function joinWindows(windows: readonly AudioWindow[], found: readonly CtcEmissions[]): CtcEmissions {
  const classes = found[0]?.classes ?? 0;
  const parts = windows.map(({ from, to }, place) => {
    const { values, frames } = found[place] as CtcEmissions;
    return values.subarray(Math.min(from, frames) * classes, Math.min(to, frames) * classes);
  });
  const values = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    values.set(part, at);
    at += part.length;
  }
  return { values, frames: classes === 0 ? 0 : values.length / classes, classes };
}
