import { seeded } from "@timestep/base";
import { type EngineReport, startEngine } from "@timestep/engine";
import * as tfLayers from "@tensorflow/tfjs-layers";
import {
  dispose,
  mul,
  ready,
  setBackend,
  sum,
  type Tensor3D,
  type Variable,
  variableGrads,
} from "@tensorflow/tfjs-core";
import { randomVariable, finish, timeRnn } from "./rnn.js";
import { medianMilliseconds } from "./timing.js";
import { type Workload, workloadName } from "./workload.js";

/** The backends of TF.js as they are published. */
export const stockBackends = ["wasm", "cpu"] as const;
export type StockBackend = (typeof stockBackends)[number];

/** The default, orthogonal, needs operations that tfjs-core alone does not chain; the values do not change the time. */
const initialisers = { kernelInitializer: "glorotUniform", recurrentInitializer: "glorotUniform" } as const;

/** One training step of an LSTM, forward and backward with all gradients, in milliseconds. */
export interface TfjsComparison {
  readonly workload: Workload;
  /** `tf.layers.lstm` on TF.js's backends as they are published. */
  readonly stock: Readonly<Partial<Record<StockBackend, number>>>;
  /** Timestep's LSTM. */
  readonly ours: { readonly engine: string; readonly milliseconds: number };
}

/** The workloads that are compared by default: T30 and T50, on the wasm and the cpu backend. */
export const tfjsWorkloads: readonly Workload[] = [
  { cell: "lstm", mode: "train", bidirectional: false, T: 30, B: 32, I: 128, H: 128 },
  { cell: "lstm", mode: "train", bidirectional: false, T: 50, B: 32, I: 256, H: 256 },
];

/**
 * Times TF.js's own LSTM and Timestep's in one process, on inputs of the same shape with gradients of the same tensors.
 *
 * TF.js is timed first, because starting Timestep's engine wasm would repair its backend.
 *
 * @param name the engine of ours, as `--engine` takes it.
 */
export async function compareWithTfjs(
  workloads: readonly Workload[] = tfjsWorkloads,
  name = "native",
  onStock: (text: string) => void = () => undefined,
): Promise<TfjsComparison[]> {
  const stock: Partial<Record<StockBackend, number>>[] = workloads.map(() => ({}));
  for (const backend of stockBackends) {
    await startStock(backend);
    for (const [index, workload] of workloads.entries()) {
      const milliseconds = await timeStock(workload);
      (stock[index] as (typeof stock)[number])[backend] = milliseconds;
      onStock(`tf.layers on ${backend}: ${workloadName(workload)} ${milliseconds.toFixed(0)} ms`);
    }
  }
  const engine: EngineReport = await startEngine({ engine: name });
  const rows: TfjsComparison[] = [];
  for (const [index, workload] of workloads.entries()) {
    const { milliseconds } = await timeRnn(workload, engine);
    const ours = { engine: engine.name, milliseconds };
    rows.push({ workload, stock: stock[index] as (typeof stock)[number], ours });
  }
  return rows;
}

/** Starts a backend of TF.js as it is published; call before any engine of ours repairs it. */
export async function startStock(backend: StockBackend): Promise<void> {
  if (backend === "wasm") await import("@tensorflow/tfjs-backend-wasm");
  else await import("@tensorflow/tfjs-backend-cpu");
  await setBackend(backend);
  await ready();
}

/** A step of `tf.layers.lstm` on the backend that runs: seconds each, so few repeats. */
async function timeStock({ T, B, I, H }: Workload): Promise<number> {
  const random = seeded(1);
  const input = randomVariable([B, T, I], random.fork("input"));
  const probe = randomVariable([B, T, H], random.fork("probe"));
  const layer = tfLayers.layers.lstm({
    units: H,
    returnSequences: true,
    recurrentActivation: "sigmoid",
    ...initialisers,
  });
  (layer.apply(input) as Tensor3D).dispose();
  const weights = layer.trainableWeights.map((weight) => weight.read() as Variable);
  const run = async (): Promise<void> => {
    const { value, grads } = variableGrads(
      () => sum(mul(layer.apply(input) as Tensor3D, probe)),
      [input, ...weights],
    );
    await finish([value, ...Object.values(grads)]);
  };
  const milliseconds = await medianMilliseconds(run, { seconds: 3, least: 3, warmUpSeconds: 0 });
  layer.dispose();
  dispose([input, probe]);
  return milliseconds;
}

/** One row for people. */
export function tfjsLine({ workload, stock, ours }: TfjsComparison): string {
  const theirs = stockBackends.map((backend) => {
    const milliseconds = stock[backend];
    return milliseconds === undefined
      ? ""
      : `tf.layers on ${backend} ${milliseconds.toFixed(0)} ms (${(milliseconds / ours.milliseconds).toFixed(0)}×)`;
  });
  const here = `${ours.engine} ${ours.milliseconds.toFixed(2)} ms`;
  return [workloadName(workload).padEnd(30), here.padEnd(18), ...theirs].join("  ");
}
