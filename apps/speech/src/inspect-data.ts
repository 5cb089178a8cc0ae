import { type InspectDataRequest, type Inspection } from "@timestep/cli-kit";
import { hear, type SpeechSettings } from "@timestep/speech";
import { readCorpusOf } from "./read-corpus.js";

/** `inspect --data`: what a corpus holds; every recording is read. */
export async function inspectSpeechData(request: InspectDataRequest<SpeechSettings>): Promise<Inspection> {
  const { settings } = request;
  const corpus = await readCorpusOf(request, settings);
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
