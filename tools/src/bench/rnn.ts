import { seeded } from "@timestep/base";
import { type CellKind, createCell, Recurrent } from "@timestep/core";
import { type EngineReport, normal } from "@timestep/engine";
import {
  dispose,
  mul,
  sum,
  type Tensor,
  tensor,
  type Tensor3D,
  tidy,
  variable,
  type Variable,
  variableGrads,
} from "@tensorflow/tfjs-core";
import { medianMilliseconds, repeatsFor } from "./timing.js";

/** T, B, I, H. */
export type Shape = readonly [number, number, number, number];

/** One line of `npm run bench -- rnn --json`. */
export interface RnnTiming {
  readonly cell: CellKind;
  readonly mode: "train" | "infer";
  readonly T: number;
  readonly B: number;
  readonly I: number;
  readonly H: number;
  readonly engine: string;
  readonly threads: number;
  /** Median. */
  readonly milliseconds: number;
  /** Multiply-adds of the products count as two; what the gates do is not counted. */
  readonly gflops: number;
}

/** Times a layer over random sequences: forward alone, or forward and backward with all gradients. */
export async function timeRnn(
  cell: CellKind,
  mode: "train" | "infer",
  shape: Shape,
  engine: EngineReport,
): Promise<RnnTiming> {
  const [T, B, I, H] = shape;
  const random = seeded(1);
  const layer = new Recurrent(createCell(cell, { inputSize: I, hiddenSize: H, random }));
  const input = randomVariable([B, T, I], random.fork("input"));
  const probe = randomVariable([B, T, H], random.fork("probe"));
  const run =
    mode === "infer"
      ? async () => read([tidy(() => layer.run(input as Tensor3D).output)])
      : async () => {
          const { value, grads } = variableGrads(
            () => sum(mul(layer.run(input as Tensor3D).output, probe)),
            [input, ...layer.parameters().map((parameter) => parameter.variable)],
          );
          await read([value, ...Object.values(grads)]);
        };
  const milliseconds = await medianMilliseconds(run, await repeatsFor(run));
  layer.dispose();
  dispose([input, probe]);
  const gates = { elman: 1, gru: 3, lstm: 4 }[cell as "elman" | "gru" | "lstm"];
  const products = 2 * B * T * (I + H) * gates * H * (mode === "train" ? 3 : 1);
  return {
    cell,
    mode,
    T,
    B,
    I,
    H,
    engine: engine.name,
    threads: engine.threads,
    milliseconds,
    gflops: products / milliseconds / 1e6,
  };
}

/** Waits until everything is computed. */
async function read(tensors: Tensor[]): Promise<void> {
  await Promise.all(tensors.map((one) => one.data()));
  dispose(tensors);
}

function randomVariable(shape: number[], random: ReturnType<typeof seeded>): Variable {
  const start = tensor(normal(shape, 1, random).data, shape);
  const made = variable(start);
  start.dispose();
  return made;
}
