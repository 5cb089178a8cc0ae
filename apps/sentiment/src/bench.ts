import { type ProgressReporter } from "@timestep/cli-kit";
import { type Random, seeded } from "@timestep/base";
import { type LabelledTree, treeText } from "@timestep/data";
import { type EngineReport, timeReferenceProduct } from "@timestep/engine";
import {
  type PartialSentimentSettings,
  SentimentClassifier,
  type SentimentExample,
  timeTreeSteps,
} from "@timestep/sentiment";

/** Texts to train on, and epochs: the fixed budget. */
const textCount = 400;
const epochs = 2;
/** Trees of one step in the comparison of batched with node by node. */
const treesInStep = 25;

/**
 * `bench`: how fast a tree LSTM and a BiLSTM of the default sizes train and predict, on texts made up here, and how much
 * a batch of trees gains over its nodes one by one.
 *
 * The `…Cost`s are the time for one text in units of the reference product of the same run, so they hold on machines
 * of any speed.
 */
export async function benchSentiment({
  engine,
  progress,
}: {
  engine: EngineReport;
  progress: ProgressReporter;
}): Promise<object> {
  const random = seeded(1);
  const train = makeTexts(random.fork("train"), textCount);
  const test = makeTexts(random.fork("test"), textCount);
  const referenceBefore = await timeReferenceProduct();
  const tree = await trainAndPredict(train, test, { model: { kind: "tree" } }, progress);
  const sequence = await trainAndPredict(train, test, { phrases: false }, progress);
  const steps = await timeTreeSteps(train.slice(0, treesInStep));
  const reference = Math.min(referenceBefore, await timeReferenceProduct());
  return {
    task: "sentiment",
    engine: engine.name,
    threads: engine.threads,
    trainTreesPerSecond: 1 / tree.trainSeconds,
    trainTextsPerSecond: 1 / sequence.trainSeconds,
    predictTreesPerSecond: 1 / tree.predictSeconds,
    predictTextsPerSecond: 1 / sequence.predictSeconds,
    peakMemoryMiB: process.resourceUsage().maxRSS / 1024,
    treeAccuracyAfterBudget: tree.accuracy,
    textAccuracyAfterBudget: sequence.accuracy,
    batchedStepMilliseconds: steps.batched,
    nodeByNodeStepMilliseconds: steps.nodeByNode,
    batchedGain: steps.nodeByNode / steps.batched,
    referenceMilliseconds: reference,
    trainCost: (1000 * (tree.trainSeconds + sequence.trainSeconds)) / 2 / reference,
    predictCost: (1000 * (tree.predictSeconds + sequence.predictSeconds)) / 2 / reference,
  };
}

/** Seconds a text, and the accuracy after the budget. */
async function trainAndPredict(
  train: readonly SentimentExample[],
  test: readonly SentimentExample[],
  settings: PartialSentimentSettings,
  progress: ProgressReporter,
): Promise<{ trainSeconds: number; predictSeconds: number; accuracy: number }> {
  const started = performance.now();
  const { classifier } = await SentimentClassifier.train(
    train,
    { ...settings, training: { epochs, batchSize: 25, patience: 0, evaluateEvery: epochs } },
    { dev: test.slice(0, 2), onProgress: progress.training },
  );
  const trained = performance.now();
  const { metrics } = await classifier.evaluate(test);
  const finished = performance.now();
  classifier.dispose();
  return {
    trainSeconds: (trained - started) / 1000 / (epochs * train.length),
    predictSeconds: (finished - trained) / 1000 / test.length,
    accuracy: metrics["accuracy"] as number,
  };
}

/** Trees of any shape in which each "not" turns the label of what it is merged with. */
function makeTexts(random: Random, count: number): SentimentExample[] {
  return Array.from({ length: count }, (_, line) => {
    const words = 8 + random.integer(24);
    const tree = grow(random, words);
    const { text } = treeText(tree);
    return { text, label: tree.label, tree, where: { file: "bench", line: line + 1 } };
  });
}

function grow(random: Random, words: number): LabelledTree {
  if (words === 1) {
    const label = random.pick(["negative", "positive"]);
    return { label, word: `${label === "positive" ? "p" : "n"}${random.integer(600)}` };
  }
  if (random.uniform() < 0.2) {
    const inner = grow(random, words - 1);
    const label = inner.label === "positive" ? "negative" : "positive";
    return { label, children: [{ label: inner.label, word: "not" }, inner] };
  }
  const left = 1 + random.integer(words - 1);
  const [first, second] = [grow(random, left), grow(random, words - left)];
  return { label: second.label, children: [first, second] };
}
