import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { DataError } from "@timestep/base";
import { batched, type Prediction, type PredictRequest } from "@timestep/cli-kit";
import { type AudioClip, readWav } from "@timestep/data";
import {
  type Recognition,
  type RecognisedWord,
  SpeechRecogniser,
  SpokenWordEmbedder,
  streamClip,
} from "@timestep/speech";
import { kindOf } from "./embedder.js";
import { expandGlob } from "./expand-glob.js";
import { searchOf } from "./flags.js";

/** Clips recognised at once. */
const atOnce = 32;

/** `predict`: what is said in each recording, in order. */
export async function* predictSpeech({ run, inputs, flags }: PredictRequest): AsyncGenerator<Prediction> {
  const search = searchOf(flags);
  if ((await kindOf(run)) === "embedder") {
    yield* embed(run, inputs);
    return;
  }
  const recogniser = await SpeechRecogniser.load(run);
  for await (const paths of batched(pathsOf(inputs), atOnce)) {
    const clips: AudioClip[] = [];
    for (const path of paths) clips.push(await readClip(path));
    const known = flags["align"];
    if (typeof known === "string") {
      for (const [place, audio] of paths.entries()) {
        const words = await recogniser.align(clips[place] as AudioClip, known);
        yield { json: { audio, text: known, words }, text: [audio, ...words.map(timed)].join("\n  ") };
      }
      continue;
    }
    if (flags["stream"] === true) {
      for (const [place, audio] of paths.entries()) {
        const said = await streamClip(recogniser, clips[place] as AudioClip);
        const late = `${(1000 * said.latencySeconds).toFixed(0)} ms behind`;
        yield { json: { audio, ...said }, text: `${audio}: ${said.text} (${late})` };
      }
      continue;
    }
    const found = await recogniser.recogniseAll(clips, search);
    for (const [place, audio] of paths.entries()) {
      const said = found[place] as Recognition;
      yield { json: { audio, ...said }, text: `${audio}: ${said.text} (${said.confidence.toFixed(2)})` };
    }
  }
  recogniser.dispose();
}

/** A word with its times in seconds. */
function timed({ text, start, end, confidence }: RecognisedWord): string {
  return `${start.toFixed(2)} to ${end.toFixed(2)} s  ${text} (${confidence.toFixed(2)})`;
}

/** The vector of each recording. */
async function* embed(
  run: PredictRequest["run"],
  inputs: PredictRequest["inputs"],
): AsyncGenerator<Prediction> {
  const embedder = await SpokenWordEmbedder.load(run);
  for await (const audio of pathsOf(inputs)) {
    const [vector] = await embedder.embedAll([await readClip(audio)]);
    const embedding = Array.from(vector ?? []);
    yield {
      json: { audio, embedding },
      text: `${audio}: ${embedding.map((value) => value.toFixed(3)).join(" ")}`,
    };
  }
  embedder.dispose();
}

/** Each input is a file, or a pattern of files. */
async function* pathsOf(inputs: PredictRequest["inputs"]): AsyncGenerator<string> {
  for await (const { text } of inputs) {
    if (text.trim() === "") continue;
    yield* await expandGlob(text, process.cwd());
  }
}

/** @throws {DataError} AUDIO_NOT_FOUND, and what `readWav` throws. */
async function readClip(path: string): Promise<AudioClip> {
  const bytes = await readFile(resolve(path)).catch((cause: unknown) => {
    throw new DataError("AUDIO_NOT_FOUND", `${path}: there is no such recording.`, {
      hint: "Name WAV files, or a pattern such as 'clips/*.wav'.",
      cause,
    });
  });
  return readWav(bytes, path);
}
