import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { DataError } from "@timestep/base";
import { batched, type PredictRequest } from "@timestep/cli-kit";
import { type AudioClip, readWav } from "@timestep/data";
import { expandGlob } from "./expand-glob.js";

/** Clips that are answered together. */
const atOnce = 32;

/** A recording as it was named, and its sound. */
export interface NamedClip {
  readonly audio: string;
  readonly clip: AudioClip;
}

/**
 * The recordings that inputs name, each a file or a pattern of files, in groups. Those before one that cannot be read are
 * handed out before it is thrown.
 *
 * @throws {DataError} AUDIO_NOT_FOUND, and what `readWav` throws.
 */
export async function* readClips(inputs: PredictRequest["inputs"]): AsyncGenerator<NamedClip[]> {
  for await (const paths of batched(pathsOf(inputs), atOnce)) {
    const clips: NamedClip[] = [];
    try {
      for (const audio of paths) clips.push({ audio, clip: await readClip(audio) });
    } catch (error) {
      if (clips.length > 0) yield clips;
      throw error;
    }
    yield clips;
  }
}

async function* pathsOf(inputs: PredictRequest["inputs"]): AsyncGenerator<string> {
  for await (const { text } of inputs) {
    if (text.trim() === "") continue;
    yield* await expandGlob(text, process.cwd());
  }
}

async function readClip(path: string): Promise<AudioClip> {
  const bytes = await readFile(resolve(path)).catch((cause: unknown) => {
    throw new DataError("AUDIO_NOT_FOUND", `${path}: there is no such recording.`, {
      hint: "Name WAV files, or a pattern such as 'clips/*.wav'.",
      cause,
    });
  });
  return readWav(bytes, path);
}
