import { seeded } from "@timestep/base";
import type { TreePath } from "@timestep/core";
import { type Scalar, type Variable, variableGrads } from "@tensorflow/tfjs-core";
import { type LabelledBatch, makeLabelledBatch } from "./batch.js";
import { encodeText } from "./encode.js";
import { type SentimentExample, tokensOf } from "./examples.js";
import { SentimentModel } from "./model.js";
import { sentimentModelSettings } from "./settings.js";
import { collectVocabulary } from "./vocabulary.js";

/** Milliseconds of one step of training, forward and backward. */
export interface TreeStepTimes {
  /** All trees level by level. */
  readonly batched: number;
  /** One node after the other, as a recursive function would. */
  readonly nodeByNode: number;
}

/** Times one step of training a tree LSTM of the default size over labelled trees: the median of `repeats`. */
export async function timeTreeSteps(
  examples: readonly SentimentExample[],
  repeats = 3,
): Promise<TreeStepTimes> {
  const settings = sentimentModelSettings.parse({ kind: "tree" });
  const labels = [...new Set(examples.map(({ label }) => label))].sort();
  const vocabulary = collectVocabulary(examples, labels, settings);
  const texts = examples.map((example) =>
    encodeText(
      tokensOf(example).map(({ text }) => text),
      vocabulary,
      settings,
      example.tree,
    ),
  );
  const batch = makeLabelledBatch(
    texts,
    vocabulary.labels.encode(examples.map(({ label }) => label)),
    settings,
  );
  const time = async (path: TreePath): Promise<number> => {
    const model = new SentimentModel(vocabulary, settings, seeded(1), undefined, path);
    const times: number[] = [];
    for (let repeat = 0; repeat <= repeats; repeat++) times.push(await timeStep(model, batch));
    model.dispose();
    times.shift(); // the first step also warms up
    return times.sort((a, b) => a - b)[Math.floor(times.length / 2)] as number;
  };
  return { batched: await time("auto"), nodeByNode: await time("reference") };
}

async function timeStep(model: SentimentModel, batch: LabelledBatch): Promise<number> {
  const variables: Variable[] = model
    .parameters()
    .flatMap(({ variable, trainable }) => (trainable ? [variable] : []));
  const started = performance.now();
  const { value, grads } = variableGrads((): Scalar => model.loss(batch, seeded(2)), variables);
  await Promise.all([value, ...Object.values(grads)].map((tensor) => tensor.data()));
  const milliseconds = performance.now() - started;
  value.dispose();
  for (const gradient of Object.values(grads)) gradient.dispose();
  return milliseconds;
}
