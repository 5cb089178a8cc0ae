import { DataError } from "@timestep/base";
import { type AudioClip, clipSeconds, type SpokenExample } from "@timestep/data";
import type { SpeechSettings } from "../settings.js";

/** A recording that is in memory, and what is said in it. */
export interface Utterance extends Pick<SpokenExample, "id" | "text" | "speaker" | "where"> {
  readonly seconds: number;
  /** The sound; a joined string is joined anew at each call, to the same samples. */
  clip(): AudioClip;
}

/** Recordings that were left out, and why. */
export interface Heard {
  readonly utterances: Utterance[];
  readonly warnings: string[];
}

/**
 * Reads recordings into memory, in order.
 *
 * @throws {DataError} what reading a recording throws, unless damaged ones are skipped; AUDIO_EMPTY for one without
 *   samples.
 */
export async function hear(
  examples: readonly SpokenExample[],
  damaged: SpeechSettings["corpus"]["damaged"] = "error",
): Promise<Heard> {
  const utterances: Utterance[] = [];
  let skipped = 0;
  let first = "";
  for (const example of examples) {
    try {
      const clip = await example.audio();
      utterances.push({ ...withoutAudio(example), seconds: clipSeconds(clip), clip: () => clip });
    } catch (error) {
      if (damaged === "error" || !(error instanceof DataError)) throw error;
      if (skipped++ === 0) first = error.message;
    }
  }
  const what = skipped === 1 ? "recording that cannot be read was" : "recordings that cannot be read were";
  return { utterances, warnings: skipped === 0 ? [] : [`${skipped} ${what} left out, first: ${first}`] };
}

function withoutAudio({ id, text, speaker, where }: SpokenExample): Omit<Utterance, "seconds" | "clip"> {
  return { id, text, where, ...(speaker === undefined ? {} : { speaker }) };
}
