import { type Random, seeded } from "@timestep/base";
import { type ProgressReporter } from "@timestep/cli-kit";
import { type SentencePair } from "@timestep/data";
import { type EngineReport, timeReferenceProduct } from "@timestep/engine";
import { Translator } from "@timestep/translation";

/** Pairs to train on, and epochs: the fixed budget. */
const pairCount = 600;
const epochs = 2;
/** Sentences to translate. */
const translated = 100;
/** Different words of the made-up languages. */
const words = 3000;

/**
 * `bench`: how fast a network of the default sizes trains on made-up pairs and translates, with a beam of 5.
 *
 * The `…Cost`s are the time for one unit of a pair, or for one sentence, in units of the reference product of the same
 * run, so they hold on machines of any speed.
 */
export async function benchTranslation({
  engine,
  progress,
}: {
  engine: EngineReport;
  progress: ProgressReporter;
}): Promise<object> {
  const random = seeded(1);
  const train = makePairs(random.fork("train"), pairCount);
  const test = makePairs(random.fork("test"), translated);
  const referenceBefore = await timeReferenceProduct();
  const settings = {
    source: { unit: "words", minCount: 1 },
    target: { unit: "words", minCount: 1 },
    selectBy: "loss",
    training: { epochs, maxTokens: 3000, patience: 0, evaluateEvery: epochs },
  } as const;
  const started = performance.now();
  const { translator } = await Translator.train(train, settings, {
    dev: test.slice(0, 2),
    onProgress: progress.training,
  });
  const trained = performance.now();
  await translator.translateAll(test.map(({ source }) => source));
  const finished = performance.now();
  const { perplexity } = await translator.forcedLoss(test);
  translator.dispose();
  const reference = Math.min(referenceBefore, await timeReferenceProduct());
  const units = train.reduce((total, pair) => total + unitsOf(pair), 0) * epochs;
  const trainMilliseconds = (trained - started) / units;
  const translateMilliseconds = (finished - trained) / test.length;
  return {
    task: "translate",
    engine: engine.name,
    threads: engine.threads,
    trainTokensPerSecond: 1000 / trainMilliseconds,
    translateSentencesPerSecond: 1000 / translateMilliseconds,
    peakMemoryMiB: process.resourceUsage().maxRSS / 1024,
    perplexityAfterBudget: perplexity,
    referenceMilliseconds: reference,
    trainCost: trainMilliseconds / reference,
    predictCost: translateMilliseconds / reference,
  };
}

/** Units of both sides with their ends. */
function unitsOf({ source, target }: SentencePair): number {
  return source.split(" ").length + target.split(" ").length + 2;
}

/** Sentences of words of falling frequency, each with its words in the other language, neighbours exchanged. */
function makePairs(random: Random, count: number): SentencePair[] {
  const where = { file: "bench", line: 1 };
  return Array.from({ length: count }, () => {
    const ids = Array.from({ length: 8 + random.integer(10) }, () => Math.floor(words ** random.uniform()));
    const moved = ids.map((_, at) => ids[(at ^ 1) < ids.length ? at ^ 1 : at] as number);
    return {
      source: ids.map((id) => `s${id}`).join(" "),
      target: moved.map((id) => `t${id}`).join(" "),
      where: { source: where, target: where },
    };
  });
}
