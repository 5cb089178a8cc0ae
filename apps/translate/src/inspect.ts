import { type InspectDataRequest, type Inspection } from "@timestep/cli-kit";
import { parallelFacts, type SentencePair } from "@timestep/data";
import { startEngine } from "@timestep/engine";
import { type FileStore } from "@timestep/training";
import { type Side, sidesOf, type TranslationSettings, Translator } from "@timestep/translation";
import { readCorpus } from "./corpus.js";

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
  const facts = parallelFacts(corpus, {
    source: (text) => forms.source.prepare(text).words.length,
    target: (text) => forms.target.prepare(text).words.length,
  });
  const shared = facts.overlaps.filter(({ source, target }) => source + target > 0);
  const unlikely = [...facts.splits].map(([split, { outliers }]) => ({ split, pairs: outliers.length }));
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
      {
        title: "pairs of unlikely lengths",
        table: { columns: ["split", "pairs"], rows: unlikely.map(({ split, pairs }) => [split, pairs]) },
      },
      ...(shared.length === 0
        ? []
        : [
            {
              title: "sentences in two splits, whatever their case and marks",
              table: {
                columns: ["splits", "source", "target", "whole pairs"],
                rows: shared.map(({ splits, source, target, pairs }) => [
                  splits.join(" and "),
                  source,
                  target,
                  pairs,
                ]),
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
      unlikely,
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

function percentage(part: number, whole: number): number {
  return whole === 0 ? 0 : (100 * part) / whole;
}
