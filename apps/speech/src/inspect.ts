import { type InspectDataRequest, type Inspection } from "@timestep/cli-kit";
import { startEngine } from "@timestep/engine";
import { hear, readSpeechCorpus, SpeechRecogniser, type SpeechSettings } from "@timestep/speech";
import { type FileStore } from "@timestep/training";
import { inspectEmbedder, kindOf } from "./embedder.js";

/** `inspect --data`: what a corpus holds; every recording is read. */
export async function inspectSpeechData(request: InspectDataRequest<SpeechSettings>): Promise<Inspection> {
  const { data, settings, format } = request;
  const corpus = await readSpeechCorpus(data, {
    ...settings,
    format: (format ?? settings.format) as SpeechSettings["format"],
  });
  const warnings = [...corpus.warnings];
  const rows: (readonly [string, Record<string, number>])[] = [];
  const trained = new Set((corpus.splits.train ?? []).flatMap(({ text }) => text.split(" ")));
  for (const [split, examples] of Object.entries(corpus.splits)) {
    const { utterances, warnings: more } = await hear(examples, settings.corpus.damaged);
    warnings.push(...more);
    const words = utterances.flatMap(({ text }) => text.split(" "));
    const seconds = utterances.map((utterance) => utterance.seconds);
    const facts = {
      recordings: utterances.length,
      seconds: seconds.reduce((sum, one) => sum + one, 0),
      shortest: seconds.reduce((a, b) => Math.min(a, b), Infinity),
      longest: seconds.reduce((a, b) => Math.max(a, b), 0),
      speakers: new Set(utterances.map(({ speaker }) => speaker)).size,
      words: words.length,
      differentWords: new Set(words).size,
      unknownWords: (100 * words.filter((word) => !trained.has(word)).length) / Math.max(1, words.length),
    };
    rows.push([split, facts]);
  }
  const characters = [
    ...new Set(Object.values(corpus.splits).flatMap((list) => list.flatMap(({ text }) => [...text]))),
  ];
  return {
    sections: [
      {
        title: `${corpus.name} (${corpus.format})`,
        table: {
          columns: [
            "split",
            "recordings",
            "seconds",
            "shortest",
            "longest",
            "speakers",
            "words",
            "different",
            "unknown words %",
          ],
          rows: rows.map(([split, facts]) => [split, ...Object.values(facts)]),
          decimals: 2,
        },
      },
      { title: "characters", text: characters.sort().join("") },
    ],
    warnings,
    json: {
      name: corpus.name,
      format: corpus.format,
      splits: Object.fromEntries(rows),
      characters: characters.join(""),
    },
  };
}

/** `inspect --run`: what a trained recogniser is made of. */
export async function inspectSpeechRun({ run }: { readonly run: FileStore }): Promise<Inspection> {
  await startEngine();
  if ((await kindOf(run)) === "embedder") return inspectEmbedder(run);
  const recogniser = await SpeechRecogniser.load(run);
  const { settings, labels, listener, model } = recogniser;
  const parameters = model
    .parameters()
    .map(({ path, variable, trainable, rate }) => ({ path, shape: variable.shape, trainable, rate }));
  const sizes = {
    parameters: model.parameterCount(),
    classes: labels.classes,
    inputSize: listener.inputSize,
  };
  const said = Array.from({ length: labels.classes - 1 }, (_, id) => labels.label(id + 1));
  recogniser.dispose();
  return {
    sections: [
      { title: "sizes", table: { columns: ["what", "count"], rows: Object.entries(sizes) } },
      { title: `labels (${labels.unit})`, text: said.join(labels.unit === "words" ? " " : "") },
      {
        title: "parameters",
        table: {
          columns: ["path", "shape"],
          rows: parameters.map(({ path, shape }) => [path, `[${shape.join(", ")}]`]),
        },
      },
      { title: "settings", text: JSON.stringify(settings, undefined, 2) },
    ],
    json: { sizes, parameters, settings, labels: said },
  };
}
