import { parseArgs } from "node:util";
import { startEngine } from "@timestep/engine";
import { compareWithTfjs } from "./against-tfjs.js";
import { type RnnTiming, type Shape, timeRnn } from "./rnn.js";
import { benchTask, taskNames } from "./task.js";

const defaultShapes: readonly Shape[] = [
  [30, 32, 64, 128],
  [30, 32, 128, 128],
  [50, 32, 256, 256],
];

const usage = `usage: npm run bench -- rnn [--json] [--shape T,B,I,H ...] [--engine E]
       npm run bench -- tfjs [--json]              time-fused LSTM against tf.layers.lstm
       npm run bench -- TASK [--json] [--check] [--update]   TASK: ${taskNames.join(", ")}`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: "boolean", default: false },
      shape: { type: "string", multiple: true },
      engine: { type: "string" },
      check: { type: "boolean", default: false },
      update: { type: "boolean", default: false },
    },
  });
  const [what] = positionals;
  if (what === "rnn")
    return benchRnn(values.shape?.map(parseShape) ?? defaultShapes, values.engine, values.json);
  if (what === "tfjs") {
    const comparison = await compareWithTfjs();
    console.log(
      values.json
        ? JSON.stringify(comparison)
        : Object.entries(comparison)
            .map(([key, value]) => `${key.padEnd(30)} ${String(value)}`)
            .join("\n"),
    );
    return 0;
  }
  if (what !== undefined && taskNames.includes(what)) return benchTask(what, values);
  console.error(usage);
  return 2;
}

async function benchRnn(shapes: readonly Shape[], name: string | undefined, json: boolean): Promise<number> {
  const engine = await startEngine({ engine: name });
  const timings: RnnTiming[] = [];
  for (const shape of shapes) {
    for (const cell of ["elman", "gru", "lstm"] as const) {
      for (const mode of ["train", "infer"] as const) timings.push(await timeRnn(cell, mode, shape, engine));
    }
  }
  if (json) console.log(JSON.stringify(timings));
  else {
    for (const { cell, mode, T, B, I, H, engine: ran, milliseconds, gflops } of timings) {
      const size = `T${T} B${B} I${I} H${H}`.padEnd(20);
      console.log(
        `${cell.padEnd(6)} ${mode.padEnd(6)} ${size} ${ran.padEnd(7)} ${milliseconds.toFixed(2).padStart(9)} ms ${gflops.toFixed(1).padStart(7)} GFLOP/s`,
      );
    }
  }
  return 0;
}

function parseShape(text: string): Shape {
  const sizes = text.split(",").map(Number);
  if (sizes.length !== 4 || sizes.some((size) => !Number.isInteger(size) || size < 1)) {
    throw new RangeError(`--shape takes T,B,I,H as four whole numbers from 1, got "${text}"`);
  }
  return sizes as unknown as Shape;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`error ${error instanceof Error ? error.message : String(error)}`);
  if (error instanceof TypeError) console.error(usage);
  process.exitCode = error instanceof RangeError || error instanceof TypeError ? 2 : 1;
}
