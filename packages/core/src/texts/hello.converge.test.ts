import { seeded } from "@timestep/base";
import { startEngine } from "@timestep/engine";
import {
  argMax,
  cast,
  mean,
  oneHot,
  reshape,
  type Scalar,
  type Tensor2D,
  type Tensor3D,
  tensor1d,
  tidy,
  train,
} from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { crossEntropy, Dense } from "../layers/index.js";
import { ElmanCell } from "../recurrent/elman-cell.js";
import { Recurrent } from "../recurrent/recurrent.js";

beforeAll(async () => {
  await startEngine({ engine: "cpu" });
});

/** The example that texts on recurrent networks start with: after "h", "e", "l", "l" come "e", "l", "l", "o". */
const vocabulary = ["h", "e", "l", "o"];
const idsOf = (text: string): number[] => [...text].map((char) => vocabulary.indexOf(char));
const inputs = idsOf("hell");
const targets = idsOf("ello");

describe("hello", () => {
  it.each([1, 2, 3])("is learnt completely within 200 steps of Adam at 0.03, seed %i", (seed) => {
    const random = seeded(seed);
    const layer = new Recurrent(new ElmanCell({ inputSize: 4, hiddenSize: 8, random }));
    const head = new Dense({ inputSize: 8, outputSize: 4, random });
    const logits = (): Tensor2D => {
      const x = cast(reshape(oneHot(tensor1d(inputs, "int32"), 4), [1, 4, 4]), "float32") as Tensor3D;
      return reshape(head.apply(layer.run(x).output), [4, 4]);
    };
    const loss = (): Scalar => mean(crossEntropy(logits(), targets));
    const learnt = (): number[] => tidy(() => Array.from(argMax(logits(), 1).dataSync()));
    expect(learnt()).not.toEqual(targets);
    const optimizer = train.adam(0.03);
    for (let step = 0; step < 200; step++) optimizer.minimize(loss);
    // "l" is followed by "l" once and by "o" once: only the state tells them apart.
    expect(learnt().map((id) => vocabulary[id])).toEqual(["e", "l", "l", "o"]);
    expect(tidy(() => loss().dataSync()[0])).toBeLessThan(0.05);
    optimizer.dispose();
  });
});
