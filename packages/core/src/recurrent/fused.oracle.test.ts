import { startEngine } from "@timestep/engine";
import { expectClose, expectNoLeaks } from "@timestep/testing";
import {
  dispose,
  grads,
  mul,
  sum,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  tidy,
} from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { drawn, drawnState, everything, fusedCells, inputSize, scattered } from "./cells.fixture.js";
import type { Cell, SequenceRequest, SequenceResult } from "./cell.js";
import { Recurrent } from "./recurrent.js";
import { scan } from "./scan.js";

type Run = (request: SequenceRequest) => SequenceResult;

/** Output and states, and the gradients of a weighted sum of all of them in input, states and parameters. */
function valueAndGradients(cell: Cell, request: SequenceRequest, run: Run): Tensor[] {
  const names = Object.keys(request.initialState);
  const variables = cell.parameters().map((p) => p.variable);
  const f = (...[x, ...rest]: Tensor[]): Tensor => {
    const states = names.map((name, index): [string, Tensor2D] => [name, rest[index] as Tensor2D]);
    return everything(run({ ...request, input: x as Tensor3D, initialState: Object.fromEntries(states) }));
  };
  const inputs = [
    request.input,
    ...names.map((name) => request.initialState[name] as Tensor2D),
    ...variables,
  ];
  return tidy(() => {
    const value = f(...inputs);
    const weights = drawn(11, value.shape);
    return [value, ...grads((...xs: Tensor[]) => sum(mul(f(...xs), weights)))(inputs)];
  });
}

const shapes: [string, number, number, number[]][] = [
  ["full rows", 3, 4, [4, 4, 4]],
  ["rows of all lengths", 5, 4, [2, 4, 0, 1, 3]],
  ["no row that reaches the end", 2, 4, [1, 2]],
  ["nothing but empty rows", 2, 3, [0, 0]],
  ["one step", 3, 1, [1, 1, 1]],
  ["one step, or none", 2, 1, [0, 1]],
  ["one row", 1, 4, [4]],
  ["one row that ends early", 1, 4, [2]],
  ["one row of one step", 1, 1, [1]],
];

describe.each(["cpu", "wasm"])("on %s", (engine) => {
  beforeAll(async () => {
    await startEngine({ engine });
  });

  describe.each(fusedCells)("fused %s equals the reference in value and every gradient", (_, make) => {
    it.each(shapes.flatMap((shape) => [false, true].map((reverse) => [...shape, reverse] as const)))(
      "%s (%i rows of %i steps, lengths %j, reverse %s)",
      (_name, batch, time, lengths, reverse) => {
        const cell = scattered(make());
        const request: SequenceRequest = {
          input: drawn(5, [batch, time, inputSize]),
          lengths,
          initialState: drawnState(cell, batch),
          reverse,
        };
        const fused = valueAndGradients(cell, request, (given) => cell.fused?.(given) as SequenceResult);
        const reference = valueAndGradients(cell, request, (given) => scan(cell, given));
        expect(fused).toHaveLength(2 + Object.keys(request.initialState).length + cell.parameters().length);
        fused.forEach((found, n) => {
          expectClose(found, reference[n] as Tensor, 2e-5);
        });
        dispose([...fused, ...reference]);
        cell.dispose();
      },
    );

    it("is what a layer runs unless told otherwise, with or without gradients, and leaves nothing behind", async () => {
      const cell = scattered(make());
      const x = drawn<Tensor3D>(6, [2, 3, inputSize]);
      const layer = new Recurrent(cell);
      const reference = new Recurrent(cell, { path: "reference" });
      const results = [layer, reference].map((each) => everything(each.run(x, { lengths: [3, 2] })));
      expectClose(results[0] as Tensor, results[1] as Tensor, 1e-5);
      const owned = 1 + Object.keys(cell.stateSizes).length;
      await expectNoLeaks(() => void layer.run(x, { lengths: [3, 2] }), { keeps: owned });
      await expectNoLeaks(() => {
        const slopes = tidy(() =>
          grads((input) => sum(layer.run(input as Tensor3D, { lengths: [3, 2] }).output))([x]),
        );
        dispose(slopes);
      });
    });
  });
});
