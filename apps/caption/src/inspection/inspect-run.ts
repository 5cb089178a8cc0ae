import { Captioner, type CaptioningSettings } from "@timestep/captioning";
import { type InspectDataRequest, type Inspection } from "@timestep/cli-kit";
import { startEngine } from "@timestep/engine";
import { type FileStore } from "@timestep/training";
import { readCorpus } from "./lessons.js";

/** `inspect --data`: what a corpus holds; pictures stay unread. */
export async function inspectCaptionData(
  request: InspectDataRequest<CaptioningSettings>,
): Promise<Inspection> {
  const corpus = await readCorpus(request.data, request.settings, request.format);
  const rows = Object.entries(corpus.splits).map(([split, examples]) => {
    const captions = examples.flatMap(({ captions: own }) => own);
    return [split, examples.length, captions.length] as const;
  });
  return {
    sections: [
      {
        title: `${corpus.name} (${corpus.format})`,
        table: { columns: ["split", "pictures", "captions"], rows },
      },
    ],
    warnings: corpus.warnings,
    json: {
      name: corpus.name,
      format: corpus.format,
      splits: Object.fromEntries(rows.map(([split, pictures, captions]) => [split, { pictures, captions }])),
    },
  };
}

/** `inspect --run`: what a trained captioner is made of. */
export async function inspectCaptionRun({ run }: { readonly run: FileStore }): Promise<Inspection> {
  await startEngine();
  const captioner = await Captioner.load(run);
  const { settings, vocabulary, pictures, model } = captioner;
  const parameters = model
    .parameters()
    .map(({ path, variable, trainable }) => ({ path, shape: variable.shape, trainable }));
  const sizes = { parameters: model.parameterCount(), words: vocabulary.size, places: model.encoder.places };
  captioner.dispose();
  return {
    sections: [
      { title: "sizes", table: { columns: ["what", "count"], rows: Object.entries(sizes) } },
      {
        title: "parameters",
        table: {
          columns: ["path", "shape"],
          rows: parameters.map(({ path, shape }) => [path, `[${shape.join(", ")}]`]),
        },
      },
      { title: "settings", text: JSON.stringify(settings, undefined, 2) },
    ],
    json: { sizes, pictures, parameters, settings },
  };
}
