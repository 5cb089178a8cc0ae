import { basename } from "node:path";
import { type Caption, type CaptionExample } from "@timestep/captioning";
import { batched, type Prediction, type PredictRequest, silentProgress } from "@timestep/cli-kit";
import { type DataFile } from "@timestep/data";
import { openDataSource } from "@timestep/training/node";
import { outputOptions } from "./flags.js";
import { lessonsOf } from "./lessons.js";
import { loadRuns, lookForAll } from "./load-runs.js";

/** Pictures captioned at once. */
const atOnce = 50;

/** `predict`: the caption of each picture, in order. */
export async function* predictCaptions({ runs, inputs, flags }: PredictRequest): AsyncGenerator<Prediction> {
  const loaded = await loadRuns(runs);
  const [{ captioner, features }, ...others] = loaded.members;
  const options = outputOptions(flags, captioner.settings.seed);
  for await (const files of batched(picturesOf(inputs), atOnce)) {
    const examples = files.map((image): CaptionExample => ({ name: image.name, image, captions: [] }));
    const { pictures, names } = await lessonsOf(examples, captioner.settings, features, silentProgress);
    const together = await lookForAll(others, examples, silentProgress);
    const said = await captioner.captionAll(pictures, { ...options, with: together });
    for (const [place, caption] of said.entries()) yield prediction(names[place] ?? "", caption);
  }
  loaded.dispose();
}

function prediction(image: string, { caption, score, nbest }: Caption): Prediction {
  const others = nbest.slice(1).map(({ text }) => `\n  ${text}`);
  return { json: { image, caption, score, nbest }, text: `${image}: ${caption}${others.join("")}` };
}

/** Each input is a file, or a folder of pictures. */
async function* picturesOf(inputs: PredictRequest["inputs"]): AsyncGenerator<DataFile> {
  for await (const { text } of inputs) {
    if (text.trim() === "") continue;
    const { files } = await openDataSource(text);
    const lone = files.length === 1 && files[0]?.name === basename(text);
    for (const file of files) {
      if (!lone && !/\.(jpe?g|png|webp)$/i.test(file.name)) continue;
      yield { ...file, name: lone ? text : `${text.replace(/\/$/, "")}/${file.name}` };
    }
  }
}
