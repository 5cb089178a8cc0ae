import { type Random, seeded } from "@timestep/base";
import {
  Captioner,
  type CaptionLessons,
  type PartialCaptioningSettings,
  type Picture,
  PixelTable,
} from "@timestep/captioning";
import { type ProgressReporter } from "@timestep/cli-kit";
import { type EngineReport, timeReferenceProduct } from "@timestep/engine";

/** Pictures to train on, and epochs: the fixed budget. */
const pictureCount = 320;
const epochs = 2;
/** Pictures to describe. */
const described = 300;
/** Pixels of a side. */
const side = 64;

/**
 * `bench`: how fast a network of the sizes of the recipe `scenes` trains on made-up pictures, its convolutions and its
 * decoder together, and describes them with a beam of 3.
 *
 * The `…Cost`s are the time for one picture with its caption, or for one picture, in units of the reference product of
 * the same run, so they hold on machines of any speed.
 */
export async function benchCaptions({
  engine,
  progress,
}: {
  engine: EngineReport;
  progress: ProgressReporter;
}): Promise<object> {
  const random = seeded(1);
  const train = makeLessons(random.fork("train"), pictureCount);
  const test = makeLessons(random.fork("test"), described);
  const referenceBefore = await timeReferenceProduct();
  const settings: PartialCaptioningSettings = {
    selectBy: "loss",
    text: { minCount: 1 },
    picture: { encoder: "trained", channels: [16, 32, 64, 96], size: 0, positions: true },
    model: { hiddenSize: 96, embedding: 64, attention: { size: 64, attend: "after" } },
    captionsPerPicture: 1,
    training: { epochs, batchSize: 32, patience: 0, evaluateEvery: epochs },
  };
  const started = performance.now();
  const { captioner } = await Captioner.train(train, settings, {
    dev: makeLessons(random.fork("dev"), 2),
    onProgress: progress.training,
  });
  const trained = performance.now();
  await captioner.captionAll(test.pictures);
  const finished = performance.now();
  const { perplexity } = await captioner.forcedLoss(test);
  captioner.dispose();
  const reference = Math.min(referenceBefore, await timeReferenceProduct());
  const trainMilliseconds = (trained - started) / (pictureCount * epochs);
  const predictMilliseconds = (finished - trained) / described;
  return {
    task: "caption",
    engine: engine.name,
    threads: engine.threads,
    trainPicturesPerSecond: 1000 / trainMilliseconds,
    describePicturesPerSecond: 1000 / predictMilliseconds,
    peakMemoryMiB: process.resourceUsage().maxRSS / 1024,
    perplexityAfterBudget: perplexity,
    referenceMilliseconds: reference,
    trainCost: trainMilliseconds / reference,
    predictCost: predictMilliseconds / reference,
  };
}

const colours = { red: [220, 30, 30], green: [30, 160, 60], blue: [30, 60, 210], grey: [120, 120, 120] };
const columns = ["left", "middle", "right"];
const rows = ["upper", "centre", "lower"];

/** Blocks of one colour at one of nine places, each with a caption that says so. */
function makeLessons(random: Random, count: number): CaptionLessons {
  const captions: string[][] = [];
  const pictures = Array.from({ length: count }, (_, index): Picture => {
    const [colour, rgb] = random.pick(Object.entries(colours));
    const [row, column] = [random.integer(rows.length), random.integer(columns.length)];
    const pixels = new Uint8Array(side * side * 3).fill(240);
    for (let y = 0; y < 16; y++) {
      for (let x = 0; x < 16; x++) pixels.set(rgb, 3 * ((4 + 20 * row + y) * side + 4 + 20 * column + x));
    }
    captions.push([`there is a ${colour} block in the ${rows[row] ?? ""} ${columns[column] ?? ""} of it`]);
    return { name: `made up ${index}`, width: side, height: side, pixels };
  });
  return { pictures: new PixelTable(pictures), captions, names: pictures.map(({ name }) => name) };
}
