import { seeded } from "@timestep/base";
import { startEngine } from "@timestep/engine";
import { expectClose, expectNoLeaks } from "@timestep/testing";
import { type Tensor2D, tensor2d, type Tensor3D, tensor3d } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { drawn, scattered, setParameters } from "../recurrent/cells.fixture.js";
import { Attention, type AttentionOptions, attentionScores } from "./attention.js";
import { afterLook, noHistory } from "./history.js";
import { disposePrepared, memoryRows } from "./memory.js";

beforeAll(async () => {
  await startEngine({ engine: "cpu" });
});

const random = seeded(1);
const attention = (options: Partial<AttentionOptions>): Attention =>
  new Attention({ score: "additive", querySize: 2, memorySize: 2, random, ...options });
/** Values (1, 0), (0, 2) and, of the first row alone, (1, 1). */
const values = (): Tensor3D => tensor3d([[[1, 0], [0, 2], [1, 1]], [[1, 0], [0, 2], [9, 9]]]); // prettier-ignore
const lengths = [3, 2];
const query = (): Tensor2D => tensor2d([[1, 0.5], [0, 1]]); // prettier-ignore
const refused = (code: string): Error => expect.objectContaining({ code }) as Error;

/** softmax of the energies of a row. */
function softmaxOf(energies: readonly number[]): number[] {
  const total = energies.reduce((sum, energy) => sum + Math.exp(energy), 0);
  return energies.map((energy) => Math.exp(energy) / total);
}

describe("Attention", () => {
  it("scores by the dot product", () => {
    const layer = attention({ score: "dot" });
    const { weights, context } = layer.attend(query(), layer.prepare({ values: values(), lengths }));
    // Energies 1, 1, 1.5 and 0, 2.
    const [a1, a2, a3] = softmaxOf([1, 1, 1.5]) as [number, number, number];
    const [b1, b2] = softmaxOf([0, 2]) as [number, number];
    expectClose(weights, [a1, a2, a3, b1, b2, 0], 1e-6);
    expectClose(context, [a1 + a3, 2 * a2 + a3, b1, 2 * b2], 1e-6);
    expect(layer.parameterCount()).toBe(0);
  });

  it("scores by the product with projected keys", () => {
    const layer = attention({ score: "general" });
    setParameters(layer, { keyKernel: [1, 0, -1, 2] }); // keys (1, 0), (-2, 4), (0, 2)
    const { weights } = layer.attend(query(), layer.prepare({ values: values(), lengths }));
    // Energies 1, -2 + 2, 1 and 0, 4.
    expectClose(weights, [...softmaxOf([1, 0, 1]), ...softmaxOf([0, 4]), 0], 1e-6);
  });

  it("scores by a small network", () => {
    const layer = attention({ attentionSize: 1 });
    setParameters(layer, { keyKernel: [1, 0.5], keyBias: [-0.5], queryKernel: [1, -1], scoreVector: [2] });
    const { weights } = layer.attend(query(), layer.prepare({ values: values(), lengths }));
    // Keys 1, 1, 1.5 less 0.5; queries 0.5 and -1.
    const energy = (x: number): number => 2 * Math.tanh(x);
    const [a, b] = [softmaxOf([energy(1), energy(1), energy(1.5)]), softmaxOf([energy(-0.5), energy(-0.5)])];
    expectClose(weights, [...a, ...b, 0], 1e-6);
  });

  it("scores by where it looked last", () => {
    const layer = attention({ score: "location", attentionSize: 1, location: { filters: 1, width: 3 } });
    setParameters(layer, {
      ...{ keyKernel: [0, 0], keyBias: [0], queryKernel: [0, 0], scoreVector: [1] },
      ...{ locationFilters: [1, 0, 2], locationKernel: [0.5] },
    });
    const previous = tensor2d([[0.2, 0.3, 0.5], [1, 0, 0]]); // prettier-ignore
    const { weights } = layer.attend(query(), layer.prepare({ values: values(), lengths }), { previous });
    // f_j = a_(j-1) + 2·a_(j+1), halved: 0.3, 0.6, 0.15 and 0, 0.5.
    expectClose(
      weights,
      [...softmaxOf([0.3, 0.6, 0.15].map(Math.tanh)), ...softmaxOf([0, 0.5].map(Math.tanh)), 0],
      1e-6,
    );
    expect(layer.recall).toEqual({ previous: true, total: false });
  });

  it("scores by how much each place has had", () => {
    const layer = attention({ attentionSize: 1, coverage: true });
    setParameters(layer, {
      ...{ keyKernel: [0, 0], keyBias: [0], queryKernel: [0, 0], scoreVector: [1] },
      coverageVector: [-2],
    });
    const memory = layer.prepare({ values: values(), lengths });
    const total = tensor2d([[0.5, 1, 0], [1, 1, 0]]); // prettier-ignore
    const { weights } = layer.attend(query(), memory, { total });
    expectClose(weights, [...softmaxOf([-1, -2, 0].map(Math.tanh)), 0.5, 0.5, 0], 1e-6);
    const first = layer.attend(query(), memory, noHistory(layer.recall, 2, 3));
    const history = afterLook(noHistory(layer.recall, 2, 3), first.weights);
    expectClose(afterLook(history, weights).total as Tensor2D, [
      ...[1 / 3, 1 / 3, 1 / 3].map((third, j) => third + (weights.dataSync()[j] as number)),
      ...[1, 1, 0],
    ], 1e-6); // prettier-ignore
  });

  it("takes the mean of what is there when it does not score", () => {
    const layer = attention({ score: "none" });
    const { weights, context } = layer.attend(query(), layer.prepare({ values: values(), lengths }));
    expectClose(weights, [1 / 3, 1 / 3, 1 / 3, 0.5, 0.5, 0], 1e-6);
    expectClose(context, [2 / 3, 1, 0.5, 1], 1e-6);
  });

  it.each(attentionScores)("gives a row without a memory zeros, %s", (score) => {
    const layer = scattered(attention({ score }));
    const memory = layer.prepare({ values: values(), lengths: [0, 3] });
    const { weights, context } = layer.attend(query(), memory, noHistory(layer.recall, 2, 3));
    expect(weights.arraySync()[0]).toEqual([0, 0, 0]);
    expect(context.arraySync()[0]).toEqual([0, 0]);
    expect((weights.arraySync()[1] as number[]).reduce((a, b) => a + b)).toBeCloseTo(1, 6);
  });

  it.each(["dot", "general"] as const)("takes many looks at once as one after the other, %s", (score) => {
    const layer = scattered(attention({ score }));
    const queries = drawn<Tensor3D>(4, [2, 3, 2]);
    const memory = layer.prepare({ values: values(), lengths });
    const all = layer.attendAll(queries, memory);
    [0, 1, 2].forEach((t) => {
      const asked = queries.arraySync().map((row) => row[t] as number[]);
      const one = layer.attend(tensor2d(asked), memory);
      const at = (x: Tensor3D | undefined): number[] =>
        (x?.arraySync() ?? []).flatMap((row) => row[t] as number[]);
      expectClose(one.weights, at(all?.weights), 1e-6);
      expectClose(one.context, at(all?.contexts), 1e-6);
    });
  });

  it("refuses what does not fit", () => {
    expect(() => attention({ score: "dot", memorySize: 3 })).toThrow(refused("ATTENTION_SIZE"));
    expect(() => attention({ score: "cosine" as never })).toThrow(refused("ATTENTION_SCORE"));
    expect(() => attention({ score: "dot", coverage: true })).toThrow(refused("ATTENTION_COVERAGE"));
    const location = { filters: 2, width: 4 };
    expect(() => attention({ score: "location", location })).toThrow(refused("ATTENTION_LOCATION"));
    const layer = attention({});
    expect(() => layer.prepare({ values: values(), lengths: [3] })).toThrow(refused("MEMORY_LENGTHS"));
    expect(() => layer.prepare({ values: values(), lengths: [3, 4] })).toThrow(refused("MEMORY_LENGTHS"));
    expect(() => layer.prepare({ values: drawn(1, [2, 3, 4]), lengths })).toThrow(refused("MEMORY_SHAPE"));
    expect(() => layer.prepare({ values: drawn(1, [2, 0, 2]), lengths: [0, 0] })).toThrow(
      refused("MEMORY_SHAPE"),
    );
    const memory = layer.prepare({ values: values(), lengths });
    expect(() => memoryRows(memory, Int32Array.of(0, 2))).toThrow(refused("MEMORY_ROW"));
  });

  it("frees what it prepared, and not what it was given", async () => {
    const [given, asked] = [values(), query()];
    for (const score of attentionScores) {
      const layer = attention({ score });
      await expectNoLeaks(() => {
        disposePrepared(layer.prepare({ values: given, lengths }));
      });
    }
    expect(given.isDisposed || asked.isDisposed).toBe(false);
  });
});
