import { type Inspection } from "@timestep/cli-kit";
import { type SpeechRecogniser, type SpeechSettings, type SpokenWordEmbedder } from "@timestep/speech";

/** What a model of either kind is made of. */
export interface InspectedModel {
  readonly model: SpeechRecogniser["model"] | SpokenWordEmbedder["model"];
  readonly settings: SpeechSettings;
  /** Beside the number of parameters. */
  readonly sizes: Readonly<Record<string, number>>;
  /** What the network says, where it says anything. */
  readonly labels?: readonly string[];
}

/** Sizes, labels, parameters and settings. */
export function modelInspection({ model, settings, sizes, labels }: InspectedModel): Inspection {
  const counts = { parameters: model.parameterCount(), ...sizes };
  const parameters = model
    .parameters()
    .map(({ path, variable, trainable, rate }) => ({ path, shape: variable.shape, trainable, rate }));
  const between = settings.labels === "words" ? " " : "";
  return {
    sections: [
      { title: "sizes", table: { columns: ["what", "count"], rows: Object.entries(counts) } },
      ...(labels === undefined ? [] : [{ title: `labels (${settings.labels})`, text: labels.join(between) }]),
      {
        title: "parameters",
        table: {
          columns: ["path", "shape"],
          rows: parameters.map(({ path, shape }) => [path, `[${shape.join(", ")}]`]),
        },
      },
      { title: "settings", text: JSON.stringify(settings, undefined, 2) },
    ],
    json: { kind: settings.kind, sizes: counts, parameters, settings, ...(labels && { labels }) },
  };
}
