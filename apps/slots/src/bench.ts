import { type ProgressReporter } from "@timestep/cli-kit";
import { type Random, seeded } from "@timestep/base";
import { type TaggedExample } from "@timestep/data";
import { type EngineReport, timeReferenceProduct } from "@timestep/engine";
import { SlotTagger } from "@timestep/slot-filling";

/** Sentences to train on, and epochs: the fixed budget. */
const sentenceCount = 512;
const epochs = 3;

/**
 * `bench`: how fast a tagger of the default size trains and predicts, on sentences made up here.
 *
 * `trainCost` and `predictCost` are the time for one sentence in units of the reference product of the same run, so
 * they hold on machines of any speed.
 */
export async function benchSlots({
  engine,
  progress,
}: {
  engine: EngineReport;
  progress: ProgressReporter;
}): Promise<object> {
  const random = seeded(1);
  const train = makeSentences(random.fork("train"), sentenceCount);
  const test = makeSentences(random.fork("test"), sentenceCount);
  const referenceBefore = await timeReferenceProduct();
  const started = performance.now();
  const { tagger } = await SlotTagger.train(
    train,
    { model: { intent: false }, training: { epochs, patience: 0, evaluateEvery: epochs } },
    { dev: test.slice(0, 1), onProgress: progress.training },
  );
  const trainSeconds = (performance.now() - started) / 1000;
  const predictStarted = performance.now();
  const scores = await tagger.evaluateAsync(test);
  const predictSeconds = (performance.now() - predictStarted) / 1000;
  const reference = Math.min(referenceBefore, await timeReferenceProduct());
  tagger.dispose();
  const trained = sentenceCount * epochs;
  return {
    task: "slots",
    engine: engine.name,
    threads: engine.threads,
    trainExamplesPerSecond: trained / trainSeconds,
    predictExamplesPerSecond: sentenceCount / predictSeconds,
    peakMemoryMiB: process.resourceUsage().maxRSS / 1024,
    slotF1AfterBudget: scores.metrics["slotF1"],
    referenceMilliseconds: reference,
    trainCost: (1000 * trainSeconds) / trained / reference,
    predictCost: (1000 * predictSeconds) / sentenceCount / reference,
  };
}

/** Sentences in which the word before a name decides what it is. */
function makeSentences(random: Random, count: number): TaggedExample[] {
  const types = ["origin", "destination", "stop", "airline", "date", "time", "class", "price"];
  return Array.from({ length: count }, (_, line) => {
    const tokens: string[] = [];
    const tags: string[] = [];
    const length = 6 + random.integer(18);
    while (tokens.length < length) {
      if (random.uniform() < 0.7) {
        tokens.push(`word${random.integer(400)}`);
        tags.push("O");
      } else {
        const type = random.pick(types);
        tokens.push(`cue-${type}`, `Name${random.integer(2000)}`);
        tags.push("O", `B-${type}`);
        if (random.uniform() < 0.4) {
          tokens.push(`Name${random.integer(2000)}`);
          tags.push(`I-${type}`);
        }
      }
    }
    return { tokens, tags, origin: { file: "bench", line: line + 1 } };
  });
}
