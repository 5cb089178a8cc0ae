import { type Prediction, type PredictRequest } from "@timestep/cli-kit";
import { SpokenWordEmbedder } from "@timestep/speech";
import { refuseSearchFlags } from "../flags.js";
import { readClips } from "../recordings/read-clips.js";

/** `predict`: the vector of each recording, in order. */
export async function* embed({ run, inputs, flags }: PredictRequest): AsyncGenerator<Prediction> {
  refuseSearchFlags(flags, run.name);
  const embedder = await SpokenWordEmbedder.load(run);
  for await (const clips of readClips(inputs)) {
    const vectors = await embedder.embedAll(clips.map(({ clip }) => clip));
    for (const [place, { audio }] of clips.entries()) {
      const embedding = Array.from(vectors[place] ?? []);
      const text = `${audio}: ${embedding.map((value) => value.toFixed(3)).join(" ")}`;
      yield { json: { audio, embedding }, text };
    }
  }
  embedder.dispose();
}
