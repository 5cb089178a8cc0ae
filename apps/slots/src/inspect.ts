import { type InspectDataRequest, type Inspection, type Table } from "@timestep/cli-kit";
import { countTokens, type TaggedExample, tagSpans, Vocabulary } from "@timestep/data";
import { startEngine } from "@timestep/engine";
import { SlotTagger, type SlotSettings } from "@timestep/slot-filling";
import { type FileStore } from "@timestep/training";
import { readCorpus } from "./corpus.js";

interface SplitFacts {
  readonly sentences: number;
  readonly tokens: number;
  readonly longest: number;
  readonly slots: number;
  readonly types: number;
  readonly intents: number;
  /** Share of tokens that training does not have, percent. */
  readonly unknownWords: number;
}

/** `inspect --data`: what a corpus holds. */
export async function inspectSlotData(request: InspectDataRequest<SlotSettings>): Promise<Inspection> {
  const corpus = await readCorpus(request.data, request.format);
  const known = Vocabulary.fromCounts(countTokens((corpus.splits.train ?? []).map(lowerTokens)));
  const facts = Object.entries(corpus.splits).map(
    ([split, examples]) => [split, factsOf(examples, known)] as const,
  );
  const slots = countTypes(corpus.splits.train ?? Object.values(corpus.splits).flat());
  const vocabulary = known.size - known.specials.length;
  return {
    sections: [
      { title: `${corpus.name} (${corpus.format})`, table: splitTable(facts) },
      { title: "vocabulary", text: `${vocabulary} different words in training, in lower case` },
      { title: "slots", table: { columns: ["type", "count"], rows: slots } },
    ],
    warnings: corpus.warnings,
    json: {
      name: corpus.name,
      format: corpus.format,
      splits: Object.fromEntries(facts),
      vocabulary,
      slots: Object.fromEntries(slots),
    },
  };
}

/** `inspect --run`: what a trained tagger is made of. */
export async function inspectSlotRun({ run }: { readonly run: FileStore }): Promise<Inspection> {
  await startEngine();
  const tagger = await SlotTagger.load(run);
  const { settings, vocabulary, model } = tagger;
  const parameters = model
    .parameters()
    .map(({ path, variable, trainable }) => ({ path, shape: variable.shape, trainable }));
  const sizes = {
    parameters: model.parameterCount(),
    words: vocabulary.words.size,
    pretrainedWords: vocabulary.vectors?.size ?? 0,
    characters: vocabulary.characters.size,
    tags: vocabulary.tags.size,
    intents: vocabulary.intents?.size ?? 0,
  };
  tagger.dispose();
  return {
    sections: [
      { title: "sizes", table: { columns: ["what", "count"], rows: Object.entries(sizes) } },
      {
        title: "parameters",
        table: {
          columns: ["path", "shape", "trained"],
          rows: parameters.map(({ path, shape, trainable }) => [
            path,
            `[${shape.join(", ")}]`,
            trainable ? "yes" : "no",
          ]),
        },
      },
      { title: "settings", text: JSON.stringify(settings, undefined, 2) },
    ],
    json: {
      sizes,
      parameters,
      settings,
      intents: vocabulary.intents?.labels ?? [],
      tags: vocabulary.tags.labels,
    },
  };
}

function splitTable(facts: readonly (readonly [string, SplitFacts])[]): Table {
  return {
    columns: ["split", "sentences", "tokens", "longest", "slots", "slot types", "intents", "unknown words %"],
    rows: facts.map(([split, f]) => [
      split,
      f.sentences,
      f.tokens,
      f.longest,
      f.slots,
      f.types,
      f.intents,
      f.unknownWords,
    ]),
  };
}

function factsOf(examples: readonly TaggedExample[], known: Vocabulary): SplitFacts {
  const lengths = examples.map(({ tokens }) => tokens.length);
  const spans = examples.flatMap(({ tags }) => tagSpans(tags));
  return {
    sentences: examples.length,
    tokens: lengths.reduce((total, length) => total + length, 0),
    longest: lengths.reduce((most, length) => Math.max(most, length), 0),
    slots: spans.length,
    types: new Set(spans.map(({ type }) => type)).size,
    intents: new Set(examples.flatMap(({ intent }) => intent ?? [])).size,
    unknownWords: 100 * known.unknownRate(examples.map(lowerTokens)),
  };
}

function countTypes(examples: readonly TaggedExample[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const { tags } of examples) {
    for (const { type } of tagSpans(tags)) counts.set(type, (counts.get(type) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a);
}

function lowerTokens({ tokens }: TaggedExample): string[] {
  return tokens.map((token) => token.toLowerCase());
}
