import { type AudioClip, clipSeconds, resample } from "@timestep/data";
import type { SpeechRecogniser } from "../recogniser.js";
import type { StreamedText } from "./recognition-stream.js";

/** What became of a clip that was heard piece by piece. */
export interface StreamedClip extends StreamedText {
  /** Seconds of computing for each second of sound. */
  readonly realTimeFactor: number;
  /** Seconds from the sound that a step begins with to its result: sound that is waited for, then computing. */
  readonly latencySeconds: number;
}

/**
 * Hears a clip as if it were being made, in pieces of `pieceSeconds`.
 *
 * @throws {ConfigError} SPEECH_STREAM, FEATURES_STREAM, as `SpeechRecogniser.stream`.
 */
export async function streamClip(
  recogniser: SpeechRecogniser,
  clip: AudioClip,
  pieceSeconds = 0.1,
): Promise<StreamedClip> {
  const { sampleRateHz } = recogniser.listener;
  const samples = resample(clip.samples, clip.sampleRateHz, sampleRateHz);
  const piece = Math.max(1, Math.round(pieceSeconds * sampleRateHz));
  const stream = recogniser.stream();
  const started = performance.now();
  let slowest = 0;
  for (let at = 0; at < samples.length; at += piece) {
    const before = performance.now();
    await stream.push(samples.subarray(at, at + piece));
    slowest = Math.max(slowest, (performance.now() - before) / 1000);
  }
  const said = await stream.finish();
  return {
    ...said,
    realTimeFactor: (performance.now() - started) / 1000 / Math.max(clipSeconds(clip), 1e-3),
    latencySeconds: stream.latencySeconds + pieceSeconds + slowest,
  };
}
