import { type Table } from "@timestep/cli-kit";
import { type AudioClip } from "@timestep/data";
import { type RecogniseOptions, type SpeechRecogniser, streamClip } from "@timestep/speech";

/** Seconds of the pieces that a stream is heard in. */
export const pieceSeconds = 0.1;

/** How clips went that were heard in pieces. */
export interface StreamedClips {
  readonly texts: readonly string[];
  /** Seconds: times from the end of a piece to its text, and so on. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly table: Table;
}

/** Hears clips one after the other in pieces, as if they were being made. */
export async function hearInPieces(
  recogniser: SpeechRecogniser,
  clips: readonly AudioClip[],
  options: RecogniseOptions,
): Promise<StreamedClips> {
  const texts: string[] = [];
  const delays: number[] = [];
  let latency = 0;
  let sound = 0;
  let computing = 0;
  for (const clip of clips) {
    const said = await streamClip(recogniser, clip, { ...options, pieceSeconds });
    const seconds = clip.samples.length / clip.sampleRateHz;
    texts.push(said.text);
    delays.push(...said.delays);
    latency += said.latencySeconds / clips.length;
    sound += seconds;
    computing += said.realTimeFactor * seconds;
  }
  delays.sort((a, b) => a - b);
  const mean = delays.reduce((sum, one) => sum + one, 0) / Math.max(1, delays.length);
  const metrics = {
    streamRealTimeFactor: computing / Math.max(sound, 1e-3),
    delaySeconds: mean,
    delaySeconds95: delays[Math.ceil(0.95 * delays.length) - 1] ?? 0,
    latencySeconds: latency,
  };
  const table: Table = {
    title: `heard in pieces of ${pieceSeconds} s; milliseconds from the end of a piece to its text`,
    columns: ["recordings", "pieces", "real-time factor", "mean", "95 % within", "slowest"],
    rows: [
      [
        clips.length,
        delays.length,
        metrics.streamRealTimeFactor.toFixed(4),
        ...[mean, metrics.delaySeconds95, delays.at(-1) ?? 0].map((one) => (1000 * one).toFixed(1)),
      ],
    ],
  };
  return { texts, metrics, table };
}
