import { seeded } from "@timestep/base";
import { LstmCell, Recurrent } from "@timestep/core";
import { normal, startEngine } from "@timestep/engine";
import * as tfLayers from "@tensorflow/tfjs-layers";
import {
  mean,
  mul,
  ready,
  type Scalar,
  setBackend,
  tensor,
  type Tensor3D,
  train,
  type Variable,
} from "@tensorflow/tfjs-core";
import { medianMilliseconds } from "./timing.js";

const [T, B, I, H] = [30, 32, 64, 128];

/** The default, orthogonal, needs operations that tfjs-core alone does not chain; the values do not change the time. */
const initialisers = { kernelInitializer: "glorotUniform", recurrentInitializer: "glorotUniform" } as const;

/** One training step of an LSTM (forward, backward, Adam) in milliseconds, three ways. */
export interface TfjsComparison {
  readonly T: number;
  readonly B: number;
  readonly I: number;
  readonly H: number;
  readonly engine: "wasm";
  /** `tf.layers.lstm` on the backend as it is published. */
  readonly tfLayersMilliseconds: number;
  /** `tf.layers.lstm` on the backend with Timestep's repairs. */
  readonly tfLayersRepairedMilliseconds: number;
  /** Timestep's time-fused LSTM. */
  readonly timestepMilliseconds: number;
  /** tfLayersMilliseconds / timestepMilliseconds. */
  readonly timesFaster: number;
}

/**
 * Times TF.js's own LSTM and Timestep's in one process, on the same input with the same optimiser.
 *
 * The first is timed before `startEngine` repairs the backend, as a user of TF.js meets it.
 */
export async function compareWithTfjs(): Promise<TfjsComparison> {
  await import("@tensorflow/tfjs-backend-wasm");
  await setBackend("wasm");
  await ready();
  const input = tensor(normal([B, T, I], 1, seeded(1)).data, [B, T, I]) as Tensor3D;
  const probe = tensor(normal([B, T, H], 1, seeded(2)).data, [B, T, H]);

  const theirs = tfLayers.layers.lstm({
    units: H,
    returnSequences: true,
    recurrentActivation: "sigmoid",
    ...initialisers,
  });
  theirs.apply(input);
  const theirStep = stepper(
    () => mean(mul(theirs.apply(input) as Tensor3D, probe)),
    theirs.trainableWeights.map((weight) => weight.read() as Variable),
  );
  const tfLayersMilliseconds = await medianMilliseconds(theirStep, 15);

  await startEngine({ engine: "wasm" });
  const tfLayersRepairedMilliseconds = await medianMilliseconds(theirStep, 15);
  const ours = new Recurrent(new LstmCell({ inputSize: I, hiddenSize: H, random: seeded(3) }));
  const ourStep = stepper(
    () => mean(mul(ours.run(input).output, probe)),
    ours.parameters().map((parameter) => parameter.variable),
  );
  const timestepMilliseconds = await medianMilliseconds(ourStep, 31);
  const timesFaster = tfLayersMilliseconds / timestepMilliseconds;
  return {
    T,
    B,
    I,
    H,
    engine: "wasm",
    tfLayersMilliseconds,
    tfLayersRepairedMilliseconds,
    timestepMilliseconds,
    timesFaster,
  };
}

function stepper(loss: () => Scalar, variables: Variable[]): () => Promise<void> {
  const optimiser = train.adam(0.001);
  return async () => {
    const value = optimiser.minimize(() => loss(), true, variables) as Scalar;
    await value.data();
    value.dispose();
  };
}
