import { type InspectDataRequest, type Inspection } from "@timestep/cli-kit";
import { corpusFacts, type LabelledText, UNLABELLED, Vocabulary } from "@timestep/data";
import { startEngine } from "@timestep/engine";
import {
  SentimentClassifier,
  type SentimentExample,
  type SentimentSettings,
  tokensOf,
} from "@timestep/sentiment";
import { type FileStore } from "@timestep/training";
import { readCorpus } from "./corpus.js";

/** `inspect --data`: what a corpus holds. */
export async function inspectSentimentData(
  request: InspectDataRequest<SentimentSettings>,
): Promise<Inspection> {
  const corpus = await readCorpus(request.data, request.settings, request.format);
  const known = Vocabulary.build(rowsOf(corpus.splits.train ?? []));
  const facts = corpusFacts({ splits: corpus.splits as Record<string, LabelledText[]> });
  const splits = Object.entries(corpus.splits).map(([split, examples]) => {
    const found = facts.splits.get(split as "train");
    let words = 0;
    let longest = 0;
    for (const row of rowsOf(examples)) {
      words += row.length;
      longest = Math.max(longest, row.length);
    }
    const labels = Object.fromEntries(
      [...(found?.byLabel ?? [])].filter(([label]) => label !== UNLABELLED).sort(),
    );
    return [
      split,
      {
        texts: examples.length,
        distinct: found?.distinct ?? 0,
        contradicting: found?.contradicting ?? 0,
        words,
        longest,
        unknownWords: 100 * known.unknownRate(rowsOf(examples)),
        labels,
      },
    ] as const;
  });
  const vocabulary = known.size - known.specials.length;
  const overlaps = facts.overlaps.map(({ splits: [left, right], texts }) => ({
    splits: [left, right],
    texts,
  }));
  return {
    sections: [
      {
        title: `${corpus.name} (${corpus.format})`,
        table: {
          columns: ["split", "texts", "different", "words", "longest", "unknown words %", ...corpus.labels],
          rows: splits.map(([split, f]) => [
            split,
            f.texts,
            f.distinct,
            f.words,
            f.longest,
            f.unknownWords,
            ...corpus.labels.map((label) => f.labels[label] ?? 0),
          ]),
        },
      },
      { title: "vocabulary", text: `${vocabulary} different words in training, in lower case` },
      ...(overlaps.length === 0
        ? []
        : [
            {
              title: "texts in two splits",
              table: {
                columns: ["splits", "different texts"],
                rows: overlaps.map(({ splits: pair, texts }) => [pair.join(" and "), texts]),
              },
            },
          ]),
    ],
    warnings: corpus.warnings,
    json: {
      name: corpus.name,
      format: corpus.format,
      splits: Object.fromEntries(splits),
      labels: corpus.labels,
      vocabulary,
      overlaps,
    },
  };
}

/** `inspect --run`: what a trained classifier is made of. */
export async function inspectSentimentRun({ run }: { readonly run: FileStore }): Promise<Inspection> {
  await startEngine();
  const classifier = await SentimentClassifier.load(run);
  const { settings, vocabulary, model } = classifier;
  const parameters = model
    .parameters()
    .map(({ path, variable, trainable, rate }) => ({ path, shape: variable.shape, trainable, rate }));
  const sizes = {
    parameters: model.parameterCount(),
    words: vocabulary.words.size,
    pretrainedWords: vocabulary.vectors?.size ?? 0,
    characters: vocabulary.characters?.size ?? 0,
    labels: vocabulary.labels.size,
  };
  const temperature = await model.temperature();
  classifier.dispose();
  return {
    sections: [
      { title: "sizes", table: { columns: ["what", "count"], rows: Object.entries(sizes) } },
      {
        title: "parameters",
        table: {
          columns: ["path", "shape", "learning rate"],
          rows: parameters.map(({ path, shape, trainable, rate }) => [
            path,
            `[${shape.join(", ")}]`,
            trainable ? `× ${rate}` : "none",
          ]),
        },
      },
      { title: "temperature of confidences", text: temperature.toPrecision(3) },
      { title: "settings", text: JSON.stringify(settings, undefined, 2) },
    ],
    json: { sizes, parameters, settings, temperature, labels: vocabulary.labels.labels },
  };
}

function* rowsOf(examples: readonly SentimentExample[]): Generator<string[]> {
  for (const example of examples) yield tokensOf(example).map(({ text }) => text.toLowerCase());
}
