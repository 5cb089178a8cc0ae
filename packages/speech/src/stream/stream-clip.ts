import { type AudioClip, clipSeconds, resample } from "@timestep/data";
import type { RecogniseOptions } from "../decode/recognition.js";
import type { Recognition } from "../recognised.js";
import type { SpeechRecogniser } from "../recogniser.js";

/** How a clip is heard piece by piece. */
export interface StreamClipOptions extends RecogniseOptions {
  /** Seconds of a piece. Default 0.1. */
  readonly pieceSeconds?: number;
}

/** What became of a clip that was heard piece by piece. */
export interface StreamedClip extends Recognition {
  /** Seconds of computing for each second of sound. */
  readonly realTimeFactor: number;
  /** For each piece the seconds from its end to its text, as if it had been made just then; the last of them ends the clip. */
  readonly delays: readonly number[];
  /** Seconds from the sound that a step begins with to its text: sound that is waited for, then the longest delay. */
  readonly latencySeconds: number;
}

/**
 * Hears a clip as if it were being made. A piece whose computing takes longer than the piece keeps the next one waiting.
 *
 * @throws {ConfigError} SPEECH_STREAM, FEATURES_STREAM, as `SpeechRecogniser.stream`.
 */
export async function streamClip(
  recogniser: SpeechRecogniser,
  clip: AudioClip,
  { pieceSeconds = 0.1, ...options }: StreamClipOptions = {},
): Promise<StreamedClip> {
  const { sampleRateHz } = recogniser.listener;
  const samples = resample(clip.samples, clip.sampleRateHz, sampleRateHz);
  const piece = Math.max(1, Math.round(pieceSeconds * sampleRateHz));
  const stream = recogniser.stream(options);
  const delays: number[] = [];
  let computing = 0;
  let ready = 0; // seconds after the first sample at which the text of the last piece was there
  let said: Recognition | undefined;
  for (let at = 0; said === undefined; at += piece) {
    const end = Math.min(at + piece, samples.length);
    const before = performance.now();
    await stream.push(samples.subarray(at, end));
    if (end === samples.length) said = await stream.finish();
    const seconds = (performance.now() - before) / 1000;
    computing += seconds;
    ready = Math.max(ready, end / sampleRateHz) + seconds;
    delays.push(ready - end / sampleRateHz);
  }
  return {
    ...said,
    realTimeFactor: computing / Math.max(clipSeconds(clip), 1e-3),
    delays,
    latencySeconds: stream.latencySeconds + pieceSeconds + Math.max(...delays),
  };
}
