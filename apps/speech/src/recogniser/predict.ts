import { type Prediction, type PredictRequest } from "@timestep/cli-kit";
import { type RecognisedWord, type Recognition, SpeechRecogniser, streamClip } from "@timestep/speech";
import { alignedText } from "../flags.js";
import { type NamedClip, readClips } from "../recordings/read-clips.js";
import { searchOf } from "./search.js";

/** `predict`: what is said in each recording, in order. */
export async function* recognise(request: PredictRequest): AsyncGenerator<Prediction> {
  const { run, inputs, flags, notify } = request;
  const known = alignedText(flags);
  const recogniser = await SpeechRecogniser.load(run);
  const { options, note } = await searchOf(flags, recogniser.labels);
  if (note !== undefined) notify(note);
  for await (const clips of readClips(inputs)) {
    if (known !== undefined) yield* aligned(recogniser, clips, known);
    else if (flags["stream"] === true) {
      for (const { audio, clip } of clips) {
        const { delays, ...said } = await streamClip(recogniser, clip, options);
        const late = `${(1000 * Math.max(...delays)).toFixed(0)} ms behind`;
        yield { json: { audio, ...said }, text: `${audio}: ${said.text} (${late})${others(said)}` };
      }
    } else {
      const found = await recogniser.recogniseAll(
        clips.map(({ clip }) => clip),
        options,
      );
      for (const [place, { audio }] of clips.entries()) {
        const said = found[place] as Recognition;
        const sure = said.confidence.toFixed(2);
        yield { json: { audio, ...said }, text: `${audio}: ${said.text} (${sure})${others(said)}` };
      }
    }
  }
  recogniser.dispose();
}

async function* aligned(
  recogniser: SpeechRecogniser,
  clips: readonly NamedClip[],
  text: string,
): AsyncGenerator<Prediction> {
  for (const { audio, clip } of clips) {
    const words = await recogniser.align(clip, text);
    yield { json: { audio, text, words }, text: [audio, ...words.map(timed)].join("\n  ") };
  }
}

/** A word with its times in seconds. */
function timed({ text, start, end, confidence }: RecognisedWord): string {
  return `${start.toFixed(2)} to ${end.toFixed(2)} s  ${text} (${confidence.toFixed(2)})`;
}

/** Readings behind the best one, a line each, where there are any. */
function others({ nbest }: Recognition): string {
  if (nbest.length < 2) return "";
  return nbest.map(({ text, score }) => `\n  ${score.toFixed(2)}  ${text}`).join("");
}
