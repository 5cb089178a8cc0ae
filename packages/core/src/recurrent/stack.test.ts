import { seeded } from "@timestep/base";
import { startEngine } from "@timestep/engine";
import { expectClose, expectNoLeaks } from "@timestep/testing";
import { add, grads, sum, type Tensor, type Tensor3D, tidy } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { dropout } from "../layers/dropout.js";
import { drawn, drawnState, scattered } from "./cells.fixture.js";
import type { CellState } from "./cell.js";
import { GruCell } from "./gru-cell.js";
import { Recurrent } from "./recurrent.js";
import { Stack, type StackOptions } from "./stack.js";

beforeAll(async () => {
  await startEngine({ engine: "cpu" });
});

const lengths = [4, 2, 0];
const layer = (inputSize: number, hiddenSize: number, seed: number): Recurrent =>
  new Recurrent(scattered(new GruCell({ inputSize, hiddenSize, random: seeded(1) }), seed));
const layers = (): [Recurrent, Recurrent, Recurrent] => [layer(2, 3, 2), layer(3, 3, 3), layer(3, 4, 4)];
const input = (): Tensor3D => drawn(1, [3, 4, 2]);
const numbers = (x: Tensor): number[] => Array.from(x.dataSync());

describe("Stack", () => {
  it("feeds each layer what the one below gives and returns every state", () => {
    const [one, two, three] = layers();
    const initialState = [one, two, three].map(({ cell }, index) => drawnState(cell, 3, 5 + index));
    const stack = new Stack<CellState>([one, two, three]);
    expect([stack.inputSize, stack.outputSize]).toEqual([2, 4]);
    const { output, state } = stack.run(input(), { lengths, initialState });
    const [h1, h2, h3] = initialState as [CellState, CellState, CellState];
    const first = one.run(input(), { lengths, initialState: h1 });
    const second = two.run(first.output, { lengths, initialState: h2 });
    const third = three.run(second.output, { lengths, initialState: h3 });
    expectClose(output, third.output, 0);
    [first, second, third].forEach((result, index) => {
      expectClose(state[index]?.["h"] as Tensor, result.state["h"] as Tensor, 0);
    });
  });

  it("adds a layer's input to its output where the sizes agree, when asked", () => {
    const [one, two, three] = layers();
    const { output } = new Stack<CellState>([one, two, three], { residual: true }).run(input(), { lengths });
    const first = one.run(input(), { lengths }).output; // 2 -> 3: nothing to add
    const second: Tensor3D = add(two.run(first, { lengths }).output, first); // 3 -> 3
    expectClose(output, three.run(second, { lengths }).output, 1e-6); // 3 -> 4
    const without = new Stack<CellState>([one, two, three]).run(input(), { lengths }).output;
    expect(numbers(output)).not.toEqual(numbers(without));
  });

  it.each([undefined, "standard", "variational"] as const)(
    "drops out between layers alone, kind %s",
    (kind) => {
      const [one, two] = layers();
      const options: StackOptions = { dropout: 0.5, ...(kind === undefined ? {} : { dropoutKind: kind }) };
      const { output } = new Stack<CellState>([one, two], options).run(input(), {
        lengths,
        random: seeded(6),
      });
      const below = one.run(input(), { lengths }).output;
      const dropped = dropout(below, { rate: 0.5, kind: kind ?? "variational", random: seeded(6) });
      expectClose(output, two.run(dropped, { lengths }).output, 1e-6);
      expect(numbers(output)).not.toEqual(numbers(two.run(below, { lengths }).output));
    },
  );

  it("drops nothing at inference, nor around a single layer", () => {
    const [one, two] = layers();
    const plain = new Stack<CellState>([one, two]).run(input(), { lengths, random: seeded(6) }).output;
    const resting = new Stack<CellState>([one, two], { dropout: 0.5 }).run(input(), { lengths }).output;
    expectClose(resting, plain, 0);
    const single = new Stack<CellState>([one], { dropout: 0.5 }).run(input(), {
      lengths,
      random: seeded(6),
    }).output;
    expectClose(single, one.run(input(), { lengths }).output, 0);
  });

  it("names its parameters by layer", () => {
    const paths = new Stack<CellState>(layers()).parameters().map(({ path }) => path);
    expect(paths.filter((path) => path.endsWith("inputKernel"))).toEqual(
      [0, 1, 2].map((n) => `layer${n}.cell.inputKernel`),
    );
  });

  it("refuses layers that do not fit, and none at all", () => {
    const refused = expect.objectContaining({ code: "RNN_STACK" }) as Error;
    expect(() => new Stack<CellState>([layer(2, 3, 2), layer(4, 3, 2)])).toThrow(refused);
    expect(() => new Stack<CellState>([])).toThrow(refused);
  });

  it("leaves nothing behind but its output and states", async () => {
    const stack = new Stack<CellState>(layers(), { dropout: 0.5, residual: true });
    const x = input();
    await expectNoLeaks(() => void stack.run(x, { lengths, random: seeded(6) }), { keeps: 4 });
    await expectNoLeaks(() => {
      tidy(() =>
        grads((given) => sum(stack.run(given as Tensor3D, { lengths, random: seeded(6) }).output))([x]),
      )[0]?.dispose();
    });
    await expectNoLeaks(() => {
      new Stack<CellState>(layers()).dispose();
    });
  });
});
