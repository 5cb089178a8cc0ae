import { findData, type Table } from "@timestep/cli-kit";
import { DataError } from "@timestep/base";
import { readText, tokenise } from "@timestep/data";
import {
  type Baseline,
  type ContrastPair,
  type ContrastScores,
  contrastScores,
  isPositive,
  orderedLabels,
  readContrast,
  type SentimentClassifier,
} from "@timestep/sentiment";
import { openDataSource } from "@timestep/training/node";

/** Name of the contrast set among the data. */
const contrastData = "contrast/sentiment.tsv";

/** The contrast set, where it is found in `./data` or in the folder that TIMESTEP_DATA names. */
export async function openContrast(): Promise<ContrastPair[] | undefined> {
  let path: string;
  try {
    ({ path } = await findData(contrastData, {
      cwd: process.cwd(),
      dataFolder: process.env["TIMESTEP_DATA"],
    }));
  } catch (error) {
    if (error instanceof DataError && error.code === "DATA_NOT_FOUND") return undefined;
    throw error;
  }
  const [file] = (await openDataSource(path)).files;
  return file === undefined ? undefined : readContrast(await readText(file), file.name);
}

/**
 * How a network and the baselines do on sentences whose words mislead. Undefined where the labels are not ordered from
 * negative to positive.
 */
export async function contrastTable(
  classifier: SentimentClassifier,
  baselines: readonly Baseline[],
  pairs: readonly ContrastPair[],
): Promise<Table | undefined> {
  const ordered = orderedLabels(classifier.vocabulary.labels.labels);
  if (ordered === undefined) return undefined;
  const sentences = pairs.flatMap(({ positive, negative }) => [positive, negative]);
  const said = await classifier.classifyAll(sentences, { abstainBelow: 0 });
  const byText = new Map(said.map(({ text, label }) => [text, label]));
  const methods: (readonly [string, ContrastScores])[] = [
    ["network", contrastScores(pairs, (text) => polarity(byText.get(text), ordered))],
    ...baselines.map(
      ({ name, classify }) =>
        [
          name,
          contrastScores(pairs, (text) =>
            polarity(classify(tokenise(text).map((token) => token.text)), ordered),
          ),
        ] as const,
    ),
  ];
  const kinds = [...(methods[0]?.[1].kinds.keys() ?? [])];
  return {
    title: `contrast set (${pairs.length} pairs of sentences whose words mislead)`,
    columns: ["accuracy by kind", ...methods.map(([name]) => name)],
    rows: [
      ["all", ...methods.map(([, { accuracy }]) => accuracy)],
      ["both of a pair right", ...methods.map(([, { bothRight }]) => bothRight)],
      ...kinds.map((kind) => [
        kind,
        ...methods.map(([, scores]) => scores.kinds.get(kind)?.accuracy ?? null),
      ]),
    ],
    decimals: 1,
  };
}

function polarity(label: string | null | undefined, ordered: readonly string[]): boolean | undefined {
  return label === null || label === undefined ? undefined : isPositive(label, ordered);
}
