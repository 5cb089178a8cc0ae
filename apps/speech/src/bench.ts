import { type ProgressReporter } from "@timestep/cli-kit";
import { type Random, seeded } from "@timestep/base";
import { type EngineReport, timeReferenceProduct } from "@timestep/engine";
import { joinStrings, repeated, SpeechRecogniser, speechSettings, type Utterance } from "@timestep/speech";

/** Strings to train on, and epochs: the fixed budget. */
const stringCount = 240;
const epochs = 6;
const words = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
const sampleRateHz = 8000;

/**
 * `bench`: how fast a recogniser of the default size trains and recognises, on strings of tones made up here.
 *
 * The `…Cost`s are the time for one second of sound in units of the reference product of the same run, so they hold on
 * machines of any speed.
 */
export async function benchSpeech({
  engine,
  progress,
}: {
  engine: EngineReport;
  progress: ProgressReporter;
}): Promise<object> {
  const random = seeded(1);
  const tones = words.flatMap((word, index) =>
    [0, 1, 2].map((take) => tone(word, index, random.fork(`${word} ${take}`))),
  );
  const { strings } = speechSettings.parse({});
  const train = joinStrings(tones, strings, { count: stringCount, seed: 1 });
  const test = joinStrings(tones, strings, { count: stringCount, seed: 2 });
  const referenceBefore = await timeReferenceProduct();
  const started = performance.now();
  const settings = {
    training: { epochs, batchSize: 8, evaluateEvery: epochs, optimiser: { learningRate: 0.005 } },
  };
  const { recogniser } = await SpeechRecogniser.train(repeated(train), settings, {
    dev: test.slice(0, 2),
    onProgress: progress.training,
  });
  const trained = performance.now();
  const { metrics } = await recogniser.evaluate(test);
  const finished = performance.now();
  recogniser.dispose();
  const reference = Math.min(referenceBefore, await timeReferenceProduct());
  const trainSeconds = (trained - started) / 1000 / (epochs * soundSeconds(train));
  const realTimeFactor = (finished - trained) / 1000 / soundSeconds(test);
  return {
    task: "speech",
    engine: engine.name,
    threads: engine.threads,
    trainedSecondsPerSecond: 1 / trainSeconds,
    recognisedSecondsPerSecond: 1 / realTimeFactor,
    realTimeFactor,
    peakMemoryMiB: process.resourceUsage().maxRSS / 1024,
    werAfterBudget: metrics["wer"],
    referenceMilliseconds: reference,
    trainCost: (1000 * trainSeconds) / reference,
    predictCost: (1000 * realTimeFactor) / reference,
  };
}

function soundSeconds(utterances: readonly Utterance[]): number {
  return utterances.reduce((sum, { seconds }) => sum + seconds, 0);
}

/** A "word": two tones of its own, one after the other, at a random loudness and with noise. */
function tone(text: string, index: number, random: Random): Utterance {
  const seconds = 0.3 + 0.2 * random.uniform();
  const length = Math.round(seconds * sampleRateHz);
  const loudness = 0.1 + 0.4 * random.uniform();
  const samples = Float32Array.from({ length }, (_, n) => {
    const hertz = n < length / 2 ? 300 + 150 * index : 3000 - 200 * index;
    return loudness * Math.sin((2 * Math.PI * hertz * n) / sampleRateHz) + 0.01 * random.normal();
  });
  const id = `${text}-${Math.round(seconds * 1e6)}`;
  return { id, text, seconds, where: { file: "bench", line: 1 }, clip: () => ({ samples, sampleRateHz }) };
}
