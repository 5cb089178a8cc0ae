import { seeded } from "@timestep/base";
import { startEngine } from "@timestep/engine";
import { expectClose, expectGradients, expectNoLeaks } from "@timestep/testing";
import {
  add,
  concat,
  matMul,
  reshape,
  slice,
  type Tensor,
  tensor2d,
  type Tensor2D,
  type Tensor3D,
} from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import type { Memory } from "../attention/index.js";
import {
  type BothStates,
  type CellKind,
  type CellState,
  createEncoder,
  type LayerState,
  type Stack,
} from "../recurrent/index.js";
import { drawn, scattered, setParameters } from "../recurrent/cells.fixture.js";
import { AttentionDecoder } from "./attention-decoder.js";
import type { AttentionDecoderOptions } from "./decoder-options.js";
import type { DecoderState } from "./decoder-state.js";
import { InitialState, initialStateKinds, type InitialStateKind } from "./initial-state.js";

beforeAll(async () => {
  await startEngine({ engine: "cpu" });
});

const random = seeded(1);
const decoder = (options: Partial<AttentionDecoderOptions> = {}): AttentionDecoder =>
  new AttentionDecoder({
    cell: "lstm",
    inputSize: 3,
    hiddenSize: 4,
    memorySize: 0,
    score: "none",
    random,
    ...options,
  });
const encoder = (cell: CellKind, hiddenSize: number, layers = 1, bidirectional = true): Stack<LayerState> =>
  createEncoder({ cell, inputSize: 2, hiddenSize, layers, bidirectional, random });
const statesOf = (stack: Stack<LayerState>): readonly LayerState[] =>
  stack.run(drawn(4, [2, 3, 2]), { lengths: [3, 2] }).state;
const memory = (): Memory => ({ values: drawn(5, [2, 3, 6]), lengths: [3, 1] });
const refused = expect.objectContaining({ code: "INITIAL_STATE" }) as Error;
const layersOf = (state: Partial<DecoderState>): readonly CellState[] => state.layers as readonly CellState[];

/** The mean of the places that each row has. */
function meansOf({ values, lengths }: Memory): number[][] {
  return values.arraySync().map((row, b) => {
    const there = row.slice(0, lengths[b]);
    return (there[0] as number[]).map(
      (_, m) => there.reduce((total, place) => total + (place[m] as number), 0) / there.length,
    );
  });
}

describe("InitialState", () => {
  it("takes the last states of both directions side by side, layers matched from the top", () => {
    const stack = encoder("lstm", 2, 3);
    const states = statesOf(stack);
    const start = new InitialState({ kind: "last", decoder: decoder({ layers: 2 }), encoder: stack, random });
    const layers = layersOf(start.of({ states }));
    expect(layers).toHaveLength(2);
    layers.forEach((state, layer) => {
      const { forward, backward } = states[layer + 1] as BothStates<CellState>;
      for (const name of ["h", "c"])
        expectClose(
          state[name] as Tensor,
          concat([forward[name] as Tensor2D, backward[name] as Tensor2D], 1),
          0,
        );
    });
    expect(start.parameterCount()).toBe(0);
  });

  it("takes the last states of one direction as they are, and starts clocks at zero", () => {
    const stack = encoder("clockwork", 4, 1, false);
    const states = statesOf(stack);
    const made = decoder({ cell: "clockwork" });
    const [state] = layersOf(
      new InitialState({ kind: "last", decoder: made, encoder: stack, random }).of({ states }),
    );
    expectClose(state?.["h"] as Tensor, (states[0] as CellState)["h"] as Tensor, 0);
    expectClose(state?.["clock"] as Tensor, [0, 0], 0);
  });

  it("bridges by hand", () => {
    const stack = encoder("gru", 1);
    const made = decoder({ cell: "gru", hiddenSize: 1 });
    const start = new InitialState({ kind: "bridge", decoder: made, encoder: stack, random });
    setParameters(start, { "layer0.h.kernel": [2, -1], "layer0.h.bias": [0.5] });
    const both = { forward: { h: tensor2d([[0.3]]) }, backward: { h: tensor2d([[0.2]]) } };
    // tanh(2·0.3 - 0.2 + 0.5) = tanh(0.9)
    expectClose(layersOf(start.of({ states: [both] }))[0]?.["h"] as Tensor, [0.7162979], 1e-6);
  });

  it("bridges between cells with other states, and to more layers than there are", () => {
    const stack = encoder("gru", 3, 2);
    const start = new InitialState({
      kind: "bridge",
      decoder: decoder({ layers: 3 }),
      encoder: stack,
      random,
    });
    const shapes = start.parameters().map(({ path, variable }) => [path, variable.shape.join()]);
    expect(shapes.filter(([path]) => path?.startsWith("layer0"))).toEqual([
      ["layer0.h.kernel", "6,4"],
      ["layer0.h.bias", "4"],
      ["layer0.c.kernel", "6,4"],
      ["layer0.c.bias", "4"],
    ]);
    expect(layersOf(start.of({ states: statesOf(stack) }))).toHaveLength(3);
    const scrn = encoder("scrn", 4, 1, false); // states h of 4 and s of 1
    const fromScrn = new InitialState({ kind: "bridge", decoder: decoder(), encoder: scrn, random });
    expect(fromScrn.parameters().map(({ variable }) => variable.shape.join())).toEqual([
      "4,4",
      "4",
      "5,4",
      "4",
    ]);
  });

  it("reads the mean of the places that a memory has", () => {
    const start = new InitialState({
      kind: "mean",
      decoder: decoder({ cell: "gru" }),
      memorySize: 6,
      random,
    });
    const [state] = layersOf(start.of({ memory: memory() }));
    const weights = start.parameters().map(({ variable }) => variable.arraySync());
    const [kernel, bias] = weights as [number[][], number[]];
    const expected = meansOf(memory()).map((mean) =>
      bias.map((offset, unit) =>
        Math.tanh(mean.reduce((sum, x, m) => sum + x * (kernel[m]?.[unit] as number), offset)),
      ),
    );
    expectClose(state?.["h"] as Tensor, tensor2d(expected), 1e-5);
  });

  it("starts after a first step that reads the memory as an input", () => {
    const made = scattered(decoder());
    const start = scattered(new InitialState({ kind: "firstInput", decoder: made, memorySize: 6, random }));
    const state = start.of({ memory: memory() });
    const mean = new InitialState({ kind: "mean", decoder: made, memorySize: 6, random });
    expect(mean.parameterCount()).toBe(2 * (6 * 4 + 4));
    expect(start.parameterCount()).toBe(6 * 3 + 3);
    const embedded = drawn<Tensor3D>(9, [2, 2, 3]);
    const after = made.run(embedded, undefined, { initialState: state }).outputs;
    const [kernel, bias] = start.parameters().map(({ variable }) => variable);
    const input = add(matMul(tensor2d(meansOf(memory())), kernel as Tensor), bias as Tensor); // [2, 3]
    const first = reshape(input, [2, 1, 3]) as Tensor3D;
    const whole = made.run(concat([first, embedded], 1), undefined).outputs;
    expectClose(after, slice(whole, [0, 1, 0]), 1e-5);
  });

  it.each(initialStateKinds)("leaves nothing behind, %s", async (kind: InitialStateKind) => {
    const stack = encoder("lstm", 2);
    const made = decoder();
    const states = statesOf(stack);
    const seen = memory();
    const start = new InitialState({ kind, decoder: made, encoder: stack, memorySize: 6, random });
    await expectNoLeaks(() => void start.of({ states, memory: seen }), { keeps: kind === "zero" ? 0 : 2 });
  });

  it.each(["bridge", "mean", "firstInput"] as const)("matches numeric gradients, %s", async (kind) => {
    const stack = encoder("gru", 2);
    const states = statesOf(stack);
    const made = scattered(decoder());
    const start = scattered(new InitialState({ kind, decoder: made, encoder: stack, memorySize: 6, random }));
    const { lengths } = memory();
    const f = (values: Tensor): Tensor =>
      concat(
        Object.values(
          layersOf(start.of({ states, memory: { values: values as Tensor3D, lengths } }))[0] as CellState,
        ),
        1,
      );
    const parameters = start.parameters().map(({ variable }) => variable);
    const inputs = kind === "bridge" ? parameters : [memory().values, ...parameters];
    const over = kind === "bridge" ? (): Tensor => f(memory().values) : f;
    await expectGradients(over as (...xs: Tensor[]) => Tensor, inputs, { sample: 16 }).within(1e-3);
  });

  it("refuses what cannot be had", () => {
    const made = decoder();
    expect(() => new InitialState({ kind: "bridge", decoder: made, random })).toThrow(refused);
    expect(() => new InitialState({ kind: "mean", decoder: made, random })).toThrow(refused);
    const narrow = encoder("lstm", 3);
    expect(() => new InitialState({ kind: "last", decoder: made, encoder: narrow, random })).toThrow(refused);
    const gru = encoder("gru", 2);
    expect(() => new InitialState({ kind: "last", decoder: made, encoder: gru, random })).toThrow(refused);
    const deep = decoder({ layers: 2 });
    const single = encoder("lstm", 2);
    expect(() => new InitialState({ kind: "last", decoder: deep, encoder: single, random })).toThrow(refused);
    const looking = decoder({ memorySize: 6, score: "additive" });
    expect(() => new InitialState({ kind: "firstInput", decoder: looking, random })).toThrow(refused);
    const absent = expect.objectContaining({ code: "INITIAL_STATE_SOURCE" }) as Error;
    const bridge = new InitialState({ kind: "bridge", decoder: made, encoder: single, random });
    expect(() => bridge.of({ memory: memory() })).toThrow(absent);
    const mean = new InitialState({ kind: "mean", decoder: made, memorySize: 6, random });
    expect(() => mean.of({})).toThrow(absent);
  });
});
