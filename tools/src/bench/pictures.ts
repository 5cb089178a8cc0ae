import { ConfigError, seeded } from "@timestep/base";
import { MobileNet } from "@timestep/captioning";
import { startEngine } from "@timestep/engine";
import { openDataSource } from "@timestep/training/node";
import { dispose } from "@tensorflow/tfjs-core";
import { join } from "node:path";
import { startStock } from "./against-tfjs.js";
import { medianMilliseconds } from "./timing.js";

/** Sizes of the batches whose throughput is measured. */
const batches = [8, 32];

/** What `npm run bench -- pictures --json` prints. */
export interface PictureTiming {
  readonly engine: string;
  readonly threads: number;
  /** Median of the features of one picture, in milliseconds. */
  readonly milliseconds: number;
  /** Pictures in a second, by the size of the batch that they come in. */
  readonly picturesPerSecond: Readonly<Record<number, number>>;
  /** One picture on TF.js's wasm backend as it is published. */
  readonly stockWasmMilliseconds: number;
  /** How many times as fast as that. */
  readonly ratio: number;
  /** Largest difference between the features that the two give, over the largest feature. */
  readonly difference: number;
}

/**
 * Times the features of pictures by a network, on an engine of ours and on TF.js's wasm backend in the same process.
 *
 * @param folder holds the network's manifest.json and weights.bin.
 */
export async function timePictures(folder: string, name: string | undefined): Promise<PictureTiming> {
  const source = await openDataSource(folder);
  // TF.js goes first, because starting the engine wasm would repair its backend.
  await startStock("wasm");
  const stock = await timeNetwork(await MobileNet.load(source), [1]);
  const engine = await startEngine({ engine: name });
  const ours = await timeNetwork(await MobileNet.load(source), [1, ...batches]);
  const [single, ...batched] = ours.milliseconds as [number, ...number[]];
  const [theirs] = stock.milliseconds as [number];
  const largest = stock.features.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const difference = ours.features.reduce(
    (most, value, i) => Math.max(most, Math.abs(value - (stock.features[i] as number))),
    0,
  );
  return {
    engine: engine.name,
    threads: engine.threads,
    milliseconds: single,
    picturesPerSecond: Object.fromEntries(
      batches.map((size, at) => [size, (1000 * size) / (batched[at] as number)]),
    ),
    stockWasmMilliseconds: theirs,
    ratio: theirs / single,
    difference: difference / largest,
  };
}

/** Times batches of the given sizes, and gives the features of the first picture. */
async function timeNetwork(
  network: MobileNet,
  sizes: readonly number[],
): Promise<{ milliseconds: number[]; features: Float32Array }> {
  const random = seeded(1).fork("pictures");
  const { width, height } = network.inputSize;
  const pixels = Uint8Array.from({ length: width * height * 3 }, () => random.integer(256));
  const milliseconds: number[] = [];
  let features = new Float32Array();
  for (const size of sizes) {
    const input = network.input(
      Array.from({ length: size }, () => ({ name: "noise", width, height, pixels })),
    );
    const run = async (): Promise<void> => {
      const { grid, pooled } = network.features(input);
      await grid.data();
      features = (await pooled.data<"float32">()).slice(0, pooled.shape[1]);
      dispose([grid, pooled]);
    };
    milliseconds.push(await medianMilliseconds(run, { seconds: 2, least: 10 }));
    input.dispose();
  }
  network.dispose();
  return { milliseconds, features };
}

/**
 * `npm run bench -- pictures`.
 *
 * @throws {ConfigError} BENCH_NETWORK when TIMESTEP_DATA does not say where the network is.
 */
export async function benchPictures(options: { engine: string | undefined; json: boolean }): Promise<number> {
  const data = process.env["TIMESTEP_DATA"];
  if (data === undefined) {
    throw new ConfigError("BENCH_NETWORK", "this needs the weights of a network.", {
      hint: "Set TIMESTEP_DATA to the folder that holds cnn-mobilenetv2.",
    });
  }
  const timing = await timePictures(join(data, "cnn-mobilenetv2"), options.engine);
  console.log(options.json ? JSON.stringify(timing) : line(timing));
  return 0;
}

function line(timing: PictureTiming): string {
  const { engine, threads, milliseconds, stockWasmMilliseconds, ratio, difference } = timing;
  const rates = Object.entries(timing.picturesPerSecond).map(
    ([size, rate]) => `${rate.toFixed(0)} pictures/s in batches of ${size}`,
  );
  return (
    `MobileNetV2, one picture: ${milliseconds.toFixed(1)} ms on ${engine} (${threads} threads; ` +
    `${rates.join(", ")}), ${stockWasmMilliseconds.toFixed(1)} ms on TF.js's wasm, ` +
    `${ratio.toFixed(1)}×; features differ by ${difference.toExponential(0)}`
  );
}
