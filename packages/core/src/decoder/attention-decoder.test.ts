import { seeded } from "@timestep/base";
import { startEngine } from "@timestep/engine";
import { expectClose, expectNoLeaks } from "@timestep/testing";
import {
  grads,
  sum,
  type Tensor,
  type Tensor2D,
  tensor2d,
  type Tensor3D,
  tensor3d,
  tidy,
} from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import type { Memory } from "../attention/index.js";
import { drawn, setParameters } from "../recurrent/cells.fixture.js";
import { AttentionDecoder } from "./attention-decoder.js";
import type { AttentionDecoderOptions } from "./decoder-options.js";
import { caseOf, decoderOf, forms, lengths, optionsOf } from "./decoders.fixture.js";

beforeAll(async () => {
  await startEngine({ engine: "cpu" });
});

const { tanh } = Math;
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
/** An Elman cell of one unit that looks at a memory of two places by dot products. */
const tiny = (options: Partial<AttentionDecoderOptions>): AttentionDecoder =>
  new AttentionDecoder({
    cell: "elman",
    inputSize: 1,
    hiddenSize: 1,
    memorySize: 1,
    score: "dot",
    random: seeded(1),
    ...options,
  });
const places = (): Memory => ({ values: tensor3d([[[1], [-1]]]), lengths: [2] });
/** The weight of the first place, and the context, for a query. */
const look = (h: number): [number, number] => [sigmoid(2 * h), 2 * sigmoid(2 * h) - 1];

describe("AttentionDecoder", () => {
  it("looks after the cell and feeds its output back, by hand", () => {
    const decoder = tiny({ inputFeeding: true });
    setParameters(decoder, {
      "layer0.cell.inputKernel": [1, 0.5],
      "layer0.cell.recurrentKernel": [0.25],
      "layer0.cell.bias": [0.1],
      ...{ hiddenReadout: [2], contextReadout: [-1], readoutBias: [0.3] },
    });
    const { outputs, alignments, state } = decoder.run(tensor3d([[[0.4], [-0.2]]]), places());
    const h1 = tanh(0.4 + 0.1);
    const [a1, c1] = look(h1);
    const o1 = tanh(2 * h1 - c1 + 0.3);
    const h2 = tanh(-0.2 + 0.5 * o1 + 0.25 * h1 + 0.1);
    const [a2, c2] = look(h2);
    const o2 = tanh(2 * h2 - c2 + 0.3);
    expectClose(outputs, [o1, o2], 1e-6);
    expectClose(alignments as Tensor3D, [a1, 1 - a1, a2, 1 - a2], 1e-6);
    expectClose(state.feed as Tensor2D, [o2], 1e-6);
    expectClose(state.layers[0]?.["h"] as Tensor2D, [h2], 1e-6);
  });

  it("looks before the cell through a gate, by hand", () => {
    const decoder = tiny({ attend: "before", gate: true });
    setParameters(decoder, {
      "layer0.cell.inputKernel": [1, 0.5],
      "layer0.cell.recurrentKernel": [0.25],
      "layer0.cell.bias": [0.1],
      ...{ hiddenReadout: [2], contextReadout: [-1], inputReadout: [0.7], readoutBias: [0.3] },
      ...{ gateKernel: [3], gateBias: [-0.5] },
    });
    const initialState = { layers: [{ h: tensor2d([[0.6]]) }] };
    const { outputs, alignments } = decoder.run(tensor3d([[[0.4]]]), places(), { initialState });
    const [a, c] = look(0.6);
    const gated = sigmoid(3 * 0.6 - 0.5) * c;
    const h = tanh(0.4 + 0.5 * gated + 0.25 * 0.6 + 0.1);
    expectClose(outputs, [tanh(2 * h - gated + 0.7 * 0.4 + 0.3)], 1e-6);
    expectClose(alignments as Tensor3D, [a, 1 - a], 1e-6);
  });

  it("gives every step the mean of the memory, or joins it after the cell, when it does not score", () => {
    const vector = { values: tensor3d([[[0.8]]]), lengths: [1] };
    const parameters = {
      ...{ "layer0.cell.recurrentKernel": [0.25], "layer0.cell.bias": [0.1] },
      ...{ hiddenReadout: [2], contextReadout: [-1], readoutBias: [0.3] },
    };
    const always = tiny({ score: "none", attend: "before" });
    setParameters(always, { ...parameters, "layer0.cell.inputKernel": [1, 0.5], inputReadout: [0] });
    const merged = tiny({ score: "none", attend: "after" });
    setParameters(merged, { ...parameters, "layer0.cell.inputKernel": [1] });
    const [inside, beside] = [tanh(0.4 + 0.5 * 0.8 + 0.1), tanh(0.4 + 0.1)];
    const embedded = tensor3d([[[0.4]]]);
    expectClose(always.run(embedded, vector).outputs, [tanh(2 * inside - 0.8 + 0.3)], 1e-6);
    expectClose(merged.run(embedded, vector).outputs, [tanh(2 * beside - 0.8 + 0.3)], 1e-6);
  });

  it("drops out between layers, the same for all steps, and only while it learns", () => {
    const options = { cell: "gru", score: "dot", layers: 2 } as const;
    for (const form of [options, { ...options, inputFeeding: true }]) {
      const plain = decoderOf(form);
      const dropping = decoderOf({ ...form, dropout: 0.5 });
      const { embedded, memory: seen } = caseOf(plain);
      const outputs = (decoder: AttentionDecoder, learns: boolean): Tensor3D =>
        decoder.run(embedded, seen, learns ? { random: seeded(3) } : {}).outputs;
      expectClose(outputs(dropping, false), outputs(plain, true), 1e-6);
      expect(outputs(dropping, true).arraySync()).not.toEqual(outputs(plain, true).arraySync());
    }
    // The same masks whether the layers run one after the other or step by step.
    const never = { cell: "gru", score: "none", memorySize: 0, layers: 2, dropout: 0.5 } as const;
    const along = decoderOf(never);
    const fed = decoderOf({ ...never, inputFeeding: true });
    setParameters(fed, unfed(along, fed));
    const { embedded } = caseOf(along);
    const run = (decoder: AttentionDecoder): Tensor3D =>
      decoder.run(embedded, undefined, { random: seeded(3) }).outputs;
    expectClose(run(fed), run(along), 1e-6);
  });

  it("gives nothing for no steps", () => {
    const decoder = decoderOf({ cell: "lstm", score: "dot" });
    const { outputs, alignments } = decoder.run(drawn(1, [2, 0, 3]), {
      values: drawn(2, [2, 3, 4]),
      lengths: [3, 1],
    });
    expect([outputs.shape, alignments?.shape]).toEqual([[2, 0, 5], [2, 0, 3]]); // prettier-ignore
  });

  it.each(Object.entries(forms))("leaves nothing behind, %s", async (_, form) => {
    const decoder = decoderOf(form);
    const { embedded, memory: seen, initialState } = caseOf(decoder);
    await expectNoLeaks(() => {
      tidy(() => void decoder.run(embedded, seen, { lengths, initialState }));
      const run = (x: Tensor): Tensor =>
        sum(decoder.run(x as Tensor3D, seen, { lengths, initialState }).outputs);
      tidy(() => grads(run)([embedded]))[0]?.dispose();
    });
    const states = decoder.layers.reduce((count, { cell }) => count + Object.keys(cell.stateSizes).length, 0);
    const extra = Object.keys(initialState.history).length + (decoder.inputFeeding ? 1 : 0);
    const given = seen === undefined ? 1 : 2;
    const keeps = given + states + extra;
    await expectNoLeaks(() => void decoder.run(embedded, seen, { lengths }), { keeps });
  });

  it("refuses inputs, lengths, memories and states that do not fit", () => {
    const refused = (code: string): Error => expect.objectContaining({ code }) as Error;
    const decoder = decoderOf({ cell: "lstm", score: "additive", inputFeeding: true });
    const { embedded, memory: seen, initialState } = caseOf(decoder);
    expect(() => decoder.run(drawn(1, [3, 3, 2]), seen)).toThrow(refused("DECODER_INPUT"));
    expect(() => decoder.run(drawn(1, [3, 3]), seen)).toThrow(refused("DECODER_INPUT"));
    expect(() => decoder.run(embedded, seen, { lengths: [3, 4, 1] })).toThrow(refused("DECODER_LENGTHS"));
    expect(() => decoder.run(embedded, seen, { lengths: [3] })).toThrow(refused("DECODER_LENGTHS"));
    expect(() => decoder.run(embedded, undefined)).toThrow(refused("DECODER_MEMORY"));
    const small = { values: drawn<Tensor3D>(1, [2, 4, 4]), lengths: [1, 1] };
    expect(() => decoder.run(embedded, small)).toThrow(refused("DECODER_MEMORY"));
    const memoryOf = Int32Array.of(0);
    const prepared = decoder.prepare(small);
    expect(() => decoder.step(drawn(1, [2, 3]), initialState, prepared, { memoryOf })).toThrow(
      refused("DECODER_MEMORY"),
    );
    const never = decoderOf({ cell: "lstm", score: "none", memorySize: 0 });
    expect(() => never.run(embedded, seen)).toThrow(refused("DECODER_MEMORY"));
    expect(() => never.prepare(small)).toThrow(refused("DECODER_MEMORY"));
    const run = (state: object) => () => decoder.run(embedded, seen, { initialState: state });
    expect(run({ feed: drawn(1, [3, 4]) })).toThrow(refused("DECODER_STATE"));
    expect(run({ layers: [{ h: drawn(1, [3, 4]) }] })).toThrow(refused("DECODER_STATE"));
    expect(run({ layers: [{}, {}] })).toThrow(refused("DECODER_STATE"));
    expect(run({ history: { total: drawn(1, [3, 5]) } })).toThrow(refused("DECODER_STATE"));
  });

  it.each<Partial<AttentionDecoderOptions>>([
    { score: "dot", attend: "never" },
    { score: "none", attend: "never", coverage: true },
    { score: "dot", memorySize: 0 },
    { score: "dot", attend: "before", inputFeeding: true },
    { score: "dot", gate: true },
    { score: "dot", layers: 0 },
    { score: "dot", dropout: 1 },
  ])("refuses options that contradict each other, %j", (options) => {
    expect(() => new AttentionDecoder({ ...optionsOf({ cell: "gru", score: "dot" }), ...options })).toThrow(
      expect.objectContaining({ code: "DECODER_OPTIONS" }) as Error,
    );
  });
});

/** The parameters of a decoder without feeding, for one with it, which then hears nothing of what it is fed. */
function unfed(from: AttentionDecoder, to: AttentionDecoder): Record<string, number[]> {
  const given = new Map(
    from.parameters().map(({ path, variable }) => [path, Array.from(variable.dataSync())]),
  );
  return Object.fromEntries(
    to.parameters().map(({ path, variable }) => {
      const values = given.get(path) ?? [];
      return [path, [...values, ...new Array<number>(variable.size - values.length).fill(0)]];
    }),
  );
}
