import { seeded } from "@timestep/base";
import { startEngine } from "@timestep/engine";
import { expectClose, expectNoLeaks } from "@timestep/testing";
import {
  add,
  grads,
  mul,
  reshape,
  slice,
  stack,
  sum,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  tensor2d,
  tensor3d,
  unstack,
  zeros,
} from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { drawn, scattered, setParameters } from "./cells.fixture.js";
import { JordanCell } from "./jordan-cell.js";

beforeAll(async () => {
  await startEngine({ engine: "cpu" });
});

describe("JordanCell", () => {
  it("has the parameters that it states", () => {
    const cell = new JordanCell({ inputSize: 3, hiddenSize: 5, outputSize: 4, random: seeded(1) });
    expect(cell.parameters().map(({ path, variable }) => [path, variable.shape])).toEqual([
      ["inputKernel", [3, 5]],
      ["feedbackKernel", [4, 5]],
      ["bias", [5]],
      ["outputKernel", [5, 4]],
      ["outputBias", [4]],
    ]);
    expect(cell.stateSizes).toEqual({ y: 4 });
  });

  // h = tanh(0.5·1 + (2·0.25 - 1·0.75) + 0.25) = tanh(0.5) = 0.4621172; the sums are (h, -h + 0.1).
  it.each([
    ["linear", [0.462117157, -0.362117157]],
    ["sigmoid", [0.613516304, 0.410447159]],
    ["softmax", [0.695134428, 0.304865572]],
  ] as const)("takes one step by hand with %s", (output, expected) => {
    const cell = new JordanCell({ inputSize: 1, hiddenSize: 1, outputSize: 2, random: seeded(1), output });
    setParameters(cell, {
      inputKernel: [0.5],
      feedbackKernel: [2, -1],
      bias: [0.25],
      outputKernel: [1, -1],
      outputBias: [0, 0.1],
    });
    const step = cell.step(tensor2d([[1]]), { y: tensor2d([[0.25, 0.75]]) });
    expectClose(step.output, expected, 1e-6);
    expect(step.state["y"]).toBe(step.output);
  });

  it.each(["softmax", "sigmoid", "linear"] as const)(
    "teacher forcing equals steps with the targets fed back: %s",
    (output) => {
      const cell = scattered(
        new JordanCell({ inputSize: 2, hiddenSize: 4, outputSize: 3, random: seeded(1), output }),
      );
      const x = drawn<Tensor3D>(1, [2, 5, 2]);
      const targets = drawn<Tensor3D>(2, [2, 5, 3]);
      const stepByStep = (input: Tensor3D): Tensor3D => {
        let y = zeros([2, 3]) as Tensor2D;
        const outputs = (unstack(input, 1) as Tensor2D[]).map((step, t) => {
          const next = cell.step(step, { y }).output;
          y = reshape(slice(targets, [0, t, 0], [2, 1, 3]), [2, 3]);
          return next;
        });
        return stack(outputs, 1) as Tensor3D;
      };
      expectClose(cell.teacherForced(x, targets), stepByStep(x), 1e-6);
      const weighed = (run: (input: Tensor3D) => Tensor3D) => (input: Tensor) =>
        sum(mul(run(input as Tensor3D), targets));
      const [atOnce] = grads(weighed((input) => cell.teacherForced(input, targets)))([x]) as [Tensor];
      const [inSteps] = grads(weighed(stepByStep))([x]) as [Tensor];
      expectClose(atOnce, inSteps, 1e-5);
    },
  );

  it("leaves nothing behind but the forced outputs", async () => {
    const cell = new JordanCell({ inputSize: 2, hiddenSize: 4, outputSize: 3, random: seeded(1) });
    const [x, targets] = [drawn<Tensor3D>(1, [1, 3, 2]), drawn<Tensor3D>(2, [1, 3, 3])];
    await expectNoLeaks(() => void cell.teacherForced(x, targets), { keeps: 1 });
  });

  it("does not see the target of the step itself or of later ones", () => {
    const cell = scattered(new JordanCell({ inputSize: 2, hiddenSize: 4, outputSize: 3, random: seeded(1) }));
    const x = drawn<Tensor3D>(1, [1, 3, 2]);
    const targets = drawn<Tensor3D>(2, [1, 3, 3]);
    const lastChanged: Tensor3D = add(targets, mul(drawn(3, [1, 3, 3]), tensor3d([[[0], [0], [1]]])));
    expectClose(cell.teacherForced(x, lastChanged), cell.teacherForced(x, targets), 0);
  });
});
