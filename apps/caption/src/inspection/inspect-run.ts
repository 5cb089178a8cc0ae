import { Captioner } from "@timestep/captioning";
import { type Inspection } from "@timestep/cli-kit";
import { startEngine } from "@timestep/engine";
import { type FileStore } from "@timestep/training";

/** `inspect --run`: what a trained captioner is made of. */
export async function inspectCaptionRun({ run }: { readonly run: FileStore }): Promise<Inspection> {
  await startEngine();
  const captioner = await Captioner.load(run);
  const { settings, vocabulary, pictures, model } = captioner;
  const parameters = model
    .parameters()
    .map(({ path, variable, trainable }) => ({ path, shape: variable.shape, trainable }));
  const { rows, columns, size } = model.encoder;
  const sizes = { parameters: model.parameterCount(), words: vocabulary.size };
  const network = { form: settings.model.form, cell: settings.model.cell, encoder: settings.picture.encoder };
  captioner.dispose();
  return {
    sections: [
      { title: "sizes", table: { columns: ["what", "count"], rows: Object.entries(sizes) } },
      {
        title: "network",
        table: {
          columns: ["what", ""],
          rows: [
            ...Object.entries(network),
            ["pictures", `${pictures.shape.join(" × ")} (height, width, channels)`],
            ["places", `${rows} × ${columns}, vectors of ${size}`],
          ],
        },
      },
      {
        title: "parameters",
        table: {
          columns: ["path", "shape"],
          rows: parameters.map(({ path, shape }) => [path, `[${shape.join(", ")}]`]),
        },
      },
      { title: "settings", text: JSON.stringify(settings, undefined, 2) },
    ],
    json: { sizes, network, pictures, places: { rows, columns, size }, parameters, settings },
  };
}
