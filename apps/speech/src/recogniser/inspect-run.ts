import { type Inspection } from "@timestep/cli-kit";
import { SpeechRecogniser } from "@timestep/speech";
import { type FileStore } from "@timestep/training";
import { modelInspection } from "../model-inspection.js";

/** `inspect --run`: what a trained recogniser is made of. */
export async function inspectRecogniser(run: FileStore): Promise<Inspection> {
  const recogniser = await SpeechRecogniser.load(run);
  const { labels, listener } = recogniser;
  const sizes = { classes: labels.classes, inputSize: listener.inputSize };
  const inspection = modelInspection({ ...recogniser, sizes, labels: labels.alphabet.slice(1) });
  recogniser.dispose();
  return inspection;
}
