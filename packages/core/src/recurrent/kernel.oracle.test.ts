import { seeded } from "@timestep/base";
import { startEngine } from "@timestep/engine";
import { expectClose } from "@timestep/testing";
import {
  addN,
  dispose,
  engine,
  grad,
  grads,
  memory,
  mul,
  type Scalar,
  sum,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  tidy,
  variableGrads,
} from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { Bidirectional } from "./bidirectional.js";
import type { Cell, CellState } from "./cell.js";
import { drawn, drawnState, everything, fusedCells, scattered } from "./cells.fixture.js";
import { ClockworkCell } from "./clockwork-cell.js";
import { LstmCell } from "./lstm-cell.js";
import { Recurrent, type RunPath } from "./recurrent.js";

/** The engine with kernels of its own, or the reason why it is not here: its tests are then skipped. */
const missing = await startEngine({ engine: "native" }).then(
  () => undefined,
  (failure: unknown) => String(failure),
);
if (missing !== undefined) console.warn(`tests of the recurrent kernels are skipped: ${missing}`);

interface Run {
  readonly values: Float32Array;
  readonly gradients: ReadonlyMap<string, Float32Array>;
}

/** Output and states of a run, and the gradient of a probe of them with regard to everything that goes in. */
function valueAndGradients(
  cell: Cell,
  path: RunPath,
  reverse: boolean,
  input: Tensor3D,
  lengths: readonly number[],
): Run {
  const layer = new Recurrent(cell, { path, reverse });
  const state = drawnState(cell, lengths.length);
  const names = Object.keys(state);
  const run = (x: Tensor, ...states: Tensor[]): Tensor => {
    const initialState = Object.fromEntries(names.map((name, i) => [name, states[i] as Tensor2D]));
    return everything(layer.run(x as Tensor3D, { lengths, initialState }));
  };
  const given = names.map((name) => state[name] as Tensor);
  const values = run(input, ...given).dataSync() as Float32Array;
  const probe = drawn(11, [values.length]);
  const loss = (...inputs: Tensor[]): Scalar => sum(mul(run(...(inputs as [Tensor])), probe));
  const gradients = new Map<string, Float32Array>();
  grads(loss)([input, ...given]).forEach((gradient, index) => {
    gradients.set(index === 0 ? "input" : (names[index - 1] as string), gradient.dataSync() as Float32Array);
  });
  const byName = variableGrads(
    () => loss(input, ...given),
    cell.parameters().map(({ variable }) => variable),
  ).grads;
  for (const { path: name, variable } of cell.parameters()) {
    gradients.set(name, (byName[variable.name] as Tensor).dataSync() as Float32Array);
  }
  return { values, gradients };
}

const cases = fusedCells.flatMap(([name, make]) => [false, true].map((reverse) => ({ name, make, reverse })));

describe.skipIf(missing !== undefined)("recurrent kernels", () => {
  beforeAll(() => startEngine({ engine: "native" }));

  describe.each(cases)("$name, reverse $reverse", ({ make, reverse }) => {
    it.each([
      { time: 5, lengths: [5, 0, 3, 1] },
      { time: 5, lengths: [5, 5] },
      { time: 4, lengths: [2] },
      { time: 1, lengths: [1, 0, 1] },
      { time: 1, lengths: [1] },
    ])("agree with the fused and the reference path, T $time, lengths $lengths", ({ time, lengths }) => {
      const cell = scattered(make());
      const input = drawn<Tensor3D>(5, [lengths.length, time, cell.inputSize]);
      const kernel = valueAndGradients(cell, "kernel", reverse, input, lengths);
      for (const path of ["fused", "reference"] as const) {
        const other = valueAndGradients(cell, path, reverse, input, lengths);
        expectClose(kernel.values, other.values, 2e-5);
        expect([...kernel.gradients.keys()]).toEqual([...other.gradients.keys()]);
        for (const [name, gradient] of kernel.gradients) {
          expectClose(gradient, other.gradients.get(name) as Float32Array, 1e-4);
        }
      }
    });

    it("leave no tensor behind, in training and at inference", () => {
      const cell = scattered(make());
      const layer = new Recurrent(cell, { path: "kernel", reverse });
      const input = drawn<Tensor3D>(5, [2, 3, cell.inputSize]);
      const train = (): void => {
        const { value, grads: all } = variableGrads(() => sum(everything(layer.run(input))));
        dispose([value, all]);
      };
      train();
      const before = memory().numTensors;
      train();
      tidy(() => void layer.run(input));
      expect(memory().numTensors).toBe(before);
    });
  });

  describe.each(fusedCells)("%s, both directions in one call", (_, make) => {
    it.each([{ lengths: [5, 0, 3, 1] }, { lengths: [4] }])(
      "agree with two fused passes, $lengths",
      ({ lengths }) => {
        const cells = [scattered(make(), 1), scattered(make(), 2)] as const;
        const input = drawn<Tensor3D>(5, [lengths.length, 5, cells[0].inputSize]);
        const initialState = {
          forward: drawnState(cells[0], lengths.length),
          backward: drawnState(cells[1], lengths.length),
        };
        const probe = drawn(6, [lengths.length, 5, 2 * cells[0].outputSize]);
        const run = (path: RunPath): { kernels: string[]; values: Float32Array[] } => {
          const [ahead, back] = cells.map(
            (cell, index) => new Recurrent(cell, { path, reverse: index === 1 }),
          );
          const both = new Bidirectional(ahead as Recurrent, back as Recurrent);
          const loss = (x: Tensor): Scalar => {
            const { output, state } = both.run(x as Tensor3D, { lengths, initialState });
            const states = [state.forward, state.backward].flatMap((each) => Object.values(each));
            return addN([sum(mul(output, probe)), ...states.map((each) => sum(each))]) as Scalar;
          };
          const { value, grads: byName } = variableGrads(
            () => loss(input),
            both.parameters().map(({ variable }) => variable),
          );
          const gradients = both.parameters().map(({ variable }) => byName[variable.name] as Tensor);
          const wanted = [value, grad(loss)(input), ...gradients];
          return {
            kernels: profiled(() => both.run(input, { lengths, initialState }).output),
            values: wanted.map((tensor) => tensor.dataSync() as Float32Array),
          };
        };
        const together = run("auto");
        const apart = run("fused");
        expect(together.kernels.filter((name) => name.startsWith("Timestep"))).toHaveLength(1);
        expect(together.kernels).not.toContain("Concat");
        together.values.forEach((values, index) =>
          expectClose(values, apart.values[index] as Float32Array, 1e-4),
        );
      },
    );
  });

  it("runs directions of different sizes one after the other", () => {
    const cell = (hiddenSize: number): LstmCell =>
      new LstmCell({ inputSize: 2, hiddenSize, random: seeded(1) });
    const both = new Bidirectional(new Recurrent(cell(3)), new Recurrent(cell(4), { reverse: true }));
    const input = drawn<Tensor3D>(5, [2, 3, 2]);
    const kernels = profiled(() => both.run(input).output);
    expect(kernels.filter((name) => name === "TimestepLstm")).toHaveLength(2);
    expect(both.run(input).output.shape).toEqual([2, 3, 7]);
  });

  it("are what auto takes", () => {
    const [, make] = fusedCells[0] as (typeof fusedCells)[number];
    const cell = make();
    const input = drawn<Tensor3D>(5, [2, 3, cell.inputSize]);
    const kernels = (path: RunPath): string[] => {
      const layer = new Recurrent(cell, { path });
      return profiled(() => layer.run(input).output);
    };
    expect(kernels("auto")).toContain("TimestepElman");
    expect(kernels("fused")).not.toContain("TimestepElman");
  });

  it("refuse cells that have none, and engines that have none", async () => {
    const clockwork = new ClockworkCell({ inputSize: 3, hiddenSize: 4, periods: [1, 2], random: seeded(1) });
    expect(() => new Recurrent(clockwork, { path: "kernel" })).toThrow(/RNN_PATH|no kernel/);
    const [, make] = fusedCells[0] as (typeof fusedCells)[number];
    const cell = make();
    const layer = new Recurrent(cell, { path: "kernel" });
    await startEngine({ engine: "cpu" });
    expect(() => layer.run(drawn<Tensor3D>(5, [2, 3, cell.inputSize]))).toThrow(/no kernel on engine "cpu"/);
    await startEngine({ engine: "native" });
  });

  it("refuse tensors that do not fit each other", () => {
    const cell = fusedCells.find(([name]) => name.startsWith("LSTM"))?.[1]() as Cell;
    const state: CellState = drawnState(cell, 2);
    const sizes = [cell.inputSize, cell.outputSize] as const;
    const run = (lengths: readonly number[], bias: Tensor): unknown =>
      engine().runKernel(
        "TimestepLstm",
        [
          drawn(1, [2, 3, sizes[0]]),
          drawn(2, [sizes[0], 4 * sizes[1]]),
          drawn(3, [sizes[1], 4 * sizes[1]]),
          bias,
          state["h"] as Tensor,
          state["c"] as Tensor,
        ] as never,
        { lengths: [...lengths], reverse: [false], training: false, plainOutput: false },
      );
    const bias = drawn(4, [4 * sizes[1]]);
    expect(() => run([3, 2], bias)).not.toThrow();
    expect(() => run([4, 2], bias)).toThrow(/length/);
    expect(() => run([-1, 2], bias)).toThrow(/length/);
    expect(() => run([3], bias)).toThrow(/lengths must have 2/);
    expect(() => run([3, 2], drawn(4, [3]))).toThrow(/bias must have/);
  });
});

/** Names of the kernels that ran. */
function profiled(run: () => Tensor): string[] {
  const { state } = engine();
  const before = state.activeProfile;
  state.profiling = true;
  state.activeProfile = { ...before, kernels: [] };
  run();
  state.profiling = false;
  const names = state.activeProfile.kernels.map(({ name }) => name);
  state.activeProfile = before;
  return names;
}
