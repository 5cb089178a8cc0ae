import { type InspectDataRequest, type Inspection } from "@timestep/cli-kit";
import { type SentencePair } from "@timestep/data";
import { startEngine } from "@timestep/engine";
import { type FileStore } from "@timestep/training";
import { type Side, sidesOf, type TranslationSettings, Translator } from "@timestep/translation";
import { readCorpus } from "./corpus.js";

type SideName = "source" | "target";

/** `inspect --data`: what a corpus holds. */
export async function inspectTranslationData(
  request: InspectDataRequest<TranslationSettings>,
): Promise<Inspection> {
  const corpus = await readCorpus(request.data, request.settings, request.format);
  const { from, to } = corpus.languages;
  const forms = sidesOf(request.settings, corpus.languages);
  const sides = (["source", "target"] as const).map((side) => {
    const rows = (pairs: readonly SentencePair[]): string[][] =>
      pairs.map((pair) => forms[side].prepare(pair[side]).words.map(({ text }) => text));
    const known = new Set(rows(corpus.splits["train"] ?? []).flat());
    const splits = Object.entries(corpus.splits).map(([split, pairs = []]) => {
      const words = rows(pairs);
      const count = words.reduce((total, row) => total + row.length, 0);
      return [
        split,
        {
          pairs: pairs.length,
          words: count,
          meanLength: count / Math.max(1, pairs.length),
          longest: words.reduce((most, { length }) => Math.max(most, length), 0),
          unknownWords: percentage(words.flat().filter((word) => !known.has(word)).length, count),
        },
      ] as const;
    });
    return { side, language: side === "source" ? from : to, vocabulary: known.size, splits };
  });
  const shared = sharedSentences(corpus.splits);
  return {
    sections: [
      ...sides.map(({ side, language, vocabulary, splits }) => ({
        title: `${corpus.name} (${corpus.format}), ${side}: ${language}, ${vocabulary} different words in training`,
        table: {
          columns: ["split", "pairs", "words", "mean length", "longest", "unknown words %"],
          rows: splits.map(([split, f]) => [
            split,
            f.pairs,
            f.words,
            f.meanLength,
            f.longest,
            f.unknownWords,
          ]),
        },
      })),
      ...(shared.length === 0
        ? []
        : [
            {
              title: "sentences of training in another split",
              table: {
                columns: ["split", "source", "target"],
                rows: shared.map(({ split, source, target }) => [split, source, target]),
              },
            },
          ]),
    ],
    warnings: corpus.warnings,
    json: {
      name: corpus.name,
      format: corpus.format,
      languages: corpus.languages,
      ...Object.fromEntries(
        sides.map(({ side, vocabulary, splits }) => [
          side,
          { vocabulary, splits: Object.fromEntries(splits) },
        ]),
      ),
      shared,
    },
  };
}

/** `inspect --run`: what a trained translator is made of. */
export async function inspectTranslationRun({ run }: { readonly run: FileStore }): Promise<Inspection> {
  await startEngine();
  const translator = await Translator.load(run);
  const { settings, sides, model } = translator;
  const parameters = model
    .parameters()
    .map(({ path, variable, trainable }) => ({ path, shape: variable.shape, trainable }));
  const described = (side: Side): object => ({
    language: side.form.language,
    units: side.segmenter.kind,
    ids: side.segmenter.size,
  });
  const sizes = {
    parameters: model.parameterCount(),
    sourceIds: sides.source.segmenter.size,
    targetIds: sides.target.segmenter.size,
  };
  translator.dispose();
  return {
    sections: [
      { title: "sizes", table: { columns: ["what", "count"], rows: Object.entries(sizes) } },
      {
        title: "sides",
        table: {
          columns: ["side", "language", "units"],
          rows: [
            ["source", sides.source.form.language, sides.source.segmenter.kind],
            ["target", sides.target.form.language, sides.target.segmenter.kind],
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
    json: {
      sizes,
      source: described(sides.source),
      target: described(sides.target),
      parameters,
      settings,
    },
  };
}

/** How many different sentences of each other split are in training too, by side. */
function sharedSentences(
  splits: Readonly<Partial<Record<string, readonly SentencePair[]>>>,
): { split: string; source: number; target: number }[] {
  const sentences = (pairs: readonly SentencePair[], side: SideName): Set<string> =>
    new Set(pairs.map((pair) => pair[side]).filter((text) => text !== ""));
  const train = splits["train"] ?? [];
  const own = { source: sentences(train, "source"), target: sentences(train, "target") };
  return Object.entries(splits).flatMap(([split, pairs = []]) => {
    if (split === "train") return [];
    const count = (side: SideName): number =>
      [...sentences(pairs, side)].filter((text) => own[side].has(text)).length;
    const found = { split, source: count("source"), target: count("target") };
    return found.source + found.target > 0 ? [found] : [];
  });
}

function percentage(part: number, whole: number): number {
  return whole === 0 ? 0 : (100 * part) / whole;
}
