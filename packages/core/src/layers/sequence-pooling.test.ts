import { seeded } from "@timestep/base";
import { startEngine } from "@timestep/engine";
import { expectClose, expectGradients, expectNoLeaks } from "@timestep/testing";
import { dispose, tensor3d, type Tensor3D } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { poolingKinds, type PoolingKind, SequencePooling } from "./sequence-pooling.js";

const make = (kind: PoolingKind, bidirectional = true): SequencePooling =>
  new SequencePooling({ kind, inputSize: 2, bidirectional, attentionSize: 3, random: seeded(4) });

/** Two rows of three steps; the second row ends after two, and what follows must not count. */
const values = [1, 2, 5, -1, 3, 4, -3, 0, -1, -2, 99, 99];
const sequence = (): Tensor3D => tensor3d(values, [2, 3, 2]);
const lengths = [3, 2];

beforeAll(() => startEngine({ engine: "cpu" }));

describe("pooling", () => {
  it.each<[PoolingKind, boolean, number[]]>([
    ["last", false, [3, 4, -1, -2]],
    ["last", true, [3, 2, -1, 0]],
    ["mean", true, [3, 5 / 3, -2, -1]],
    ["max", true, [5, 4, -1, 0]],
  ])("%s, bidirectional %s", (kind, bidirectional, expected) => {
    expectClose(make(kind, bidirectional).run(sequence(), lengths).pooled.dataSync(), expected, 1e-6);
  });

  it("attention weighs the row's own steps, and adds up", () => {
    const { pooled, weights } = make("attention").run(sequence(), lengths);
    const given = weights?.arraySync() ?? [];
    for (const row of given) expect(row.reduce((sum, weight) => sum + weight)).toBeCloseTo(1, 5);
    expect(given[1]?.[2]).toBe(0);
    const [a = 0, b = 0] = given[1] ?? [];
    expectClose(pooled.dataSync().slice(2), [-3 * a - b, -2 * b], 1e-5);
  });

  it.each(poolingKinds)("%s matches numeric gradients", async (kind) => {
    const pooling = make(kind);
    const inputs = [sequence(), ...pooling.parameters().map(({ variable }) => variable)];
    await expectGradients((x) => pooling.run(x as Tensor3D, lengths).pooled, inputs).within(1e-3);
  });

  it.each(poolingKinds)("%s leaves nothing behind", async (kind) => {
    const pooling = make(kind);
    const x = sequence();
    await expectNoLeaks(() => {
      dispose({ ...pooling.run(x, lengths) });
    });
  });

  it.each([
    [[3, 0], "length 0 for row 1"],
    [[3, 4], "length 4 for row 1"],
    [[3], "1 lengths"],
  ])("refuses lengths %j", (wrong, came) => {
    expect(() => make("mean").run(sequence(), wrong)).toThrow(came);
  });
});
