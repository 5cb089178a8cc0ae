import { seeded } from "@timestep/base";
import { startEngine } from "@timestep/engine";
import { expectClose, expectNoLeaks } from "@timestep/testing";
import {
  concat,
  grads,
  mul,
  reverse as reversed,
  slice,
  sum,
  type Tensor,
  tensor,
  type Tensor2D,
  type Tensor3D,
  tidy,
} from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { drawn, drawnState, everyCell, everything, inputSize, scattered } from "./cells.fixture.js";
import type { CellState, SequenceResult } from "./cell.js";
import { Recurrent, type RunPath } from "./recurrent.js";

beforeAll(async () => {
  await startEngine({ engine: "cpu" });
});

const time = 5;
const lengths = [3, 5, 0, 1];

/** Every cell by every way to run it. */
const ways = Object.entries(everyCell).flatMap(([name, make]): [string, RunPath, typeof make][] =>
  /^(Elman|LSTM|GRU)/.test(name)
    ? [
        [name, "reference", make],
        [name, "fused", make],
      ]
    : [[name, "reference", make]],
);

const rowOf = (x: Tensor, row: number, steps: number): Tensor3D =>
  slice(x, [row, 0, 0], [1, steps, -1]) as Tensor3D;
const stateOfRow = (state: CellState, row: number): CellState =>
  Object.fromEntries(Object.entries(state).map(([name, value]) => [name, slice(value, [row, 0], [1, -1])]));
const stepsOf = (x: Tensor, from: number, count: number): Tensor3D =>
  slice(x, [0, from, 0], [-1, count, -1]) as Tensor3D;

/** The same input with other values at and after each row's length. */
function scrambled(x: Tensor3D, size: number): Tensor3D {
  const random = seeded(99);
  const values = x.dataSync().map((value, n) => {
    const [row, step] = [Math.floor(n / (time * size)), Math.floor(n / size) % time];
    return step < (lengths[row] as number) ? value : 1e3 * random.normal();
  });
  return tensor(values, x.shape);
}

/** Gradients of a weighted sum of output and states, in the input and in every parameter. */
function gradients(layer: Recurrent, x: Tensor3D, initialState: CellState): Tensor[] {
  const all = (input: Tensor): Tensor => everything(layer.run(input as Tensor3D, { lengths, initialState }));
  const weights = drawn(12, all(x).shape);
  return grads((...[input]: Tensor[]) => sum(mul(all(input as Tensor), weights)))([
    x,
    ...layer.parameters().map((p) => p.variable),
  ]);
}

describe.each(ways)("%s, %s", (_, path, make) => {
  const layerOf = (reverse: boolean): Recurrent => new Recurrent(scattered(make()), { reverse, path });
  const x = (): Tensor3D => drawn(5, [lengths.length, time, inputSize]);

  it.each([false, true])("runs a padded batch as its rows one by one, reverse %s", (reverse) => {
    const layer = layerOf(reverse);
    const initialState = drawnState(layer.cell, lengths.length);
    const batch = layer.run(x(), { lengths, initialState });
    for (const [row, length] of lengths.entries()) {
      const alone = layer.run(rowOf(x(), row, length), { initialState: stateOfRow(initialState, row) });
      expectClose(rowOf(batch.output, row, length), alone.output, 1e-5);
      const beyond = slice(batch.output, [row, length, 0], [1, time - length, -1]).dataSync();
      expect(beyond.every((value) => value === 0)).toBe(true);
      for (const [name, value] of Object.entries(alone.state)) {
        expectClose(stateOfRow(batch.state, row)[name] as Tensor, value, 1e-5);
      }
    }
  });

  it.each([false, true])("reads nothing past a row's end, in value or gradient, reverse %s", (reverse) => {
    const layer = layerOf(reverse);
    const initialState = drawnState(layer.cell, lengths.length);
    const clean = x();
    const dirty = scrambled(clean, inputSize);
    expect(Array.from(dirty.dataSync())).not.toEqual(Array.from(clean.dataSync()));
    const run = (input: Tensor3D): SequenceResult => layer.run(input, { lengths, initialState });
    expectClose(everything(run(dirty)), everything(run(clean)), 1e-6);
    const [found, wanted] = [gradients(layer, dirty, initialState), gradients(layer, clean, initialState)];
    found.forEach((slope, n) => {
      expectClose(slope, wanted[n] as Tensor, 1e-5);
    });
    // And the padding itself has no gradient.
    const inputSlopes = (found[0] as Tensor).dataSync();
    inputSlopes.forEach((slope, n) => {
      const [row, step] = [Math.floor(n / (time * inputSize)), Math.floor(n / inputSize) % time];
      if (step >= (lengths[row] as number)) expect(slope).toBe(0);
    });
  });

  it.each([1, 2, 3])("carries its state over chunks of %i steps as over the whole sequence", (chunk) => {
    const layer = layerOf(false);
    const input = x();
    const whole = layer.run(input);
    const outputs: Tensor3D[] = [];
    let state: CellState | undefined;
    for (let from = 0; from < time; from += chunk) {
      const next = layer.run(stepsOf(input, from, Math.min(chunk, time - from)), { initialState: state });
      outputs.push(next.output);
      state = next.state;
    }
    expectClose(concat(outputs, 1), whole.output, 1e-5);
    for (const [name, value] of Object.entries(whole.state))
      expectClose((state as CellState)[name] as Tensor, value, 1e-5);
  });

  it("in reverse equals the forward run over the turned rows, turned back", () => {
    const [forward, backward] = [layerOf(false), layerOf(true)];
    const input = x();
    const back = backward.run(input, { lengths });
    for (const [row, length] of lengths.entries()) {
      if (length === 0) continue;
      const turned = forward.run(reversed(rowOf(input, row, length), 1));
      expectClose(rowOf(back.output, row, length), reversed(turned.output, 1), 1e-5);
      for (const [name, value] of Object.entries(turned.state)) {
        expectClose(stateOfRow(back.state, row)[name] as Tensor, value, 1e-5);
      }
    }
  });

  it("in reverse has the gradients of the forward run over the turned rows", () => {
    const [forward, backward] = [layerOf(false), layerOf(true)];
    const input = rowOf(x(), 0, time);
    const padded = concat([input, drawn<Tensor3D>(8, [1, 2, inputSize])], 1);
    const weights = drawn(13, [1, time, backward.outputSize]);
    const slopes = (layer: Recurrent, start: Tensor3D, f: (given: Tensor3D) => Tensor): Tensor[] =>
      grads((...[given]: Tensor[]) => sum(mul(f(given as Tensor3D), weights)))([
        start,
        ...layer.parameters().map((p) => p.variable),
      ]);
    const found = slopes(backward, padded, (given) =>
      stepsOf(backward.run(given, { lengths: [time] }).output, 0, time),
    );
    const wanted = slopes(forward, input, (given) => reversed(forward.run(reversed(given, 1)).output, 1));
    expectClose(stepsOf(found[0] as Tensor, 0, time), wanted[0] as Tensor, 1e-5);
    found.slice(1).forEach((slope, n) => {
      expectClose(slope, wanted[n + 1] as Tensor, 1e-5);
    });
  });

  it("gives back the state that it got when there are no steps", () => {
    const layer = layerOf(false);
    const initialState = drawnState(layer.cell, 2);
    const nothing = layer.run(tensor([], [2, 0, inputSize]) as Tensor3D, { initialState });
    expect(nothing.output.shape).toEqual([2, 0, layer.outputSize]);
    for (const [name, value] of Object.entries(initialState))
      expectClose(nothing.state[name] as Tensor2D, value, 0);
  });

  it("leaves nothing behind but what it returns", async () => {
    const layer = layerOf(false);
    const input = x();
    const owned = 1 + Object.keys(layer.cell.stateSizes).length;
    await expectNoLeaks(() => void layer.run(input, { lengths }), { keeps: owned });
    await expectNoLeaks(() => {
      for (const slope of tidy(() => gradients(layer, input, layer.zeroState(lengths.length))))
        slope.dispose();
    });
    await expectNoLeaks(() => {
      layerOf(true).dispose();
    });
  });

  it("has as many parameters however long its input is", () => {
    const layer = layerOf(false);
    const count = layer.parameterCount();
    layer.run(drawn(1, [1, 1, inputSize]));
    layer.run(drawn(1, [1, 40, inputSize]));
    expect(layer.parameterCount()).toBe(count);
  });
});
