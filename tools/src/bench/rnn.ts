import { seeded } from "@timestep/base";
import { Bidirectional, createCell, type LayerState, Recurrent, type SequenceLayer } from "@timestep/core";
import { type EngineReport, normal, readsSynchronously } from "@timestep/engine";
import {
  dispose,
  engine,
  type Tensor,
  tensor,
  type Tensor3D,
  tidy,
  variable,
  type Variable,
} from "@tensorflow/tfjs-core";
import { medianMilliseconds, type TimingOptions } from "./timing.js";
import { operations, type Workload } from "./workload.js";

/** One line of `npm run bench -- rnn --json`. */
export interface RnnTiming extends Workload {
  readonly engine: string;
  readonly threads: number;
  /** Median. */
  readonly milliseconds: number;
  /** {@link operations} a second, in units of 10⁹. */
  readonly gflops: number;
}

/** Times a layer over random sequences on the engine that was started. */
export async function timeRnn(
  workload: Workload,
  { name, threads }: EngineReport,
  options: TimingOptions = {},
): Promise<RnnTiming> {
  const { mode, bidirectional, T, B, I, H } = workload;
  const random = seeded(1);
  const layer = layerOf(workload);
  const input = randomVariable([B, T, I], random.fork("input"));
  const probe = randomVariable([B, T, bidirectional ? 2 * H : H], random.fork("probe"));
  const weights = layer.parameters().map((parameter) => parameter.variable);
  const run =
    mode === "infer"
      ? async () => finish([tidy(() => layer.run(input as Tensor3D).output)])
      : async () => {
          await finish(backward(() => layer.run(input as Tensor3D).output, [input, ...weights], probe));
        };
  const milliseconds = await medianMilliseconds(run, options);
  layer.dispose();
  dispose([input, probe]);
  return {
    ...workload,
    engine: name,
    threads,
    milliseconds,
    gflops: operations(workload) / milliseconds / 1e6,
  };
}

function layerOf({ cell, bidirectional, I, H }: Workload): SequenceLayer<LayerState> {
  const random = seeded(2);
  const one = (reverse: boolean): Recurrent =>
    new Recurrent(createCell(cell, { inputSize: I, hiddenSize: H, random }), { reverse });
  // Called without an initial state, so the kind of state does not matter.
  return (bidirectional ? new Bidirectional(one(false), one(true)) : one(false)) as SequenceLayer<LayerState>;
}

/** The gradients of Σ probe∘output, as a layer above would ask for them. */
function backward(run: () => Tensor, inputs: Tensor[], probe: Tensor): Tensor[] {
  return tidy(() => engine().gradients(run, inputs, probe).grads);
}

/** Waits until everything is computed: where tensors can be read at once, it is when a call returns. */
export async function finish(tensors: Tensor[]): Promise<void> {
  if (!readsSynchronously()) await Promise.all(tensors.map((one) => one.data()));
  dispose(tensors);
}

/** A variable of normal numbers. */
export function randomVariable(shape: number[], random: ReturnType<typeof seeded>): Variable {
  const start = tensor(normal(shape, 1, random).data, shape);
  const made = variable(start);
  start.dispose();
  return made;
}
