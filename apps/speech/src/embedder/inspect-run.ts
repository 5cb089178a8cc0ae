import { type Inspection } from "@timestep/cli-kit";
import { SpokenWordEmbedder } from "@timestep/speech";
import { type FileStore } from "@timestep/training";
import { modelInspection } from "../model-inspection.js";

/** `inspect --run`: what a trained embedder is made of. */
export async function inspectEmbedder(run: FileStore): Promise<Inspection> {
  const embedder = await SpokenWordEmbedder.load(run);
  const { listener, settings } = embedder;
  const sizes = { inputSize: listener.inputSize, embedding: settings.embedder.size };
  const inspection = modelInspection({ ...embedder, sizes });
  embedder.dispose();
  return inspection;
}
