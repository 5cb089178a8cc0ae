import { seeded } from "@timestep/base";
import { startEngine } from "@timestep/engine";
import { expectClose, expectNoLeaks } from "@timestep/testing";
import {
  grad,
  matMul,
  mul,
  oneHot,
  type Scalar,
  sum,
  type Tensor,
  tensor1d,
  tensor3d,
  variableGrads,
} from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { drawn } from "../recurrent/cells.fixture.js";
import { Embedding } from "./embedding.js";

const embedding = (): Embedding => new Embedding({ vocabularySize: 5, size: 3, random: seeded(1) });
const tableOf = (layer: Embedding): Tensor => layer.parameters()[0]?.variable as Tensor;
const ids = Int32Array.of(1, 4, 1, 0, 1, 3);

describe.each(["cpu", "wasm"])("Embedding on %s", (engine) => {
  beforeAll(async () => {
    await startEngine({ engine });
  });

  it("is a one-hot row times the table, to the bit", () => {
    const layer = embedding();
    const rows = layer.lookup(ids, [2, 3]);
    const product = matMul(oneHot(tensor1d(ids, "int32"), 5), tableOf(layer));
    expect(rows.shape).toEqual([2, 3, 3]);
    expect(rows.dataSync()).toEqual(product.dataSync());
  });

  it("has the gradient of that product: uses of an id add up, an unused one has none", () => {
    const layer = embedding();
    const weights = drawn(2, [6, 3]);
    const { grads } = variableGrads(() => sum<Scalar>(mul(layer.lookup(ids, [6]), weights)));
    const [slope] = Object.values(grads);
    const wanted = grad((table: Tensor) =>
      sum(mul(matMul(oneHot(tensor1d(ids, "int32"), 5), table), weights)),
    )(tableOf(layer));
    expectClose(slope as Tensor, wanted, 1e-6);
    const values = Array.from((slope as Tensor).dataSync());
    expect(values.slice(6, 9)).toEqual([0, 0, 0]);
  });

  it.each([5, -1, 1000])("refuses id %i and says where it stands", (id) => {
    const look = (): Tensor => embedding().lookup(Int32Array.of(0, 1, id), [3]);
    expect(look).toThrow(expect.objectContaining({ code: "EMBEDDING_ID" }));
    expect(look).toThrow(new RegExp(`id ${id} at place 2`));
  });

  it("starts from given vectors and keeps them when it is not trainable", () => {
    const initial = { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) };
    const layer = new Embedding({ vocabularySize: 2, size: 2, random: seeded(1), initial, trainable: false });
    expect(Array.from(layer.lookup(Int32Array.of(1, 0), [2]).dataSync())).toEqual([3, 4, 1, 2]);
    expect(layer.parameterCount()).toBe(0);
    expect(layer.parameters().map(({ path, trainable }) => [path, trainable])).toEqual([["table", false]]);
  });

  it("refuses vectors of another shape", () => {
    const initial = { shape: [2, 3], data: new Float32Array(6) };
    const make = (): Embedding => new Embedding({ vocabularySize: 3, size: 2, random: seeded(1), initial });
    expect(make).toThrow(expect.objectContaining({ code: "EMBEDDING_TABLE" }));
  });

  it("takes no ids at all", () => {
    expect(embedding().lookup(new Int32Array(), [0]).shape).toEqual([0, 3]);
    expect(tensor3d([], [0, 0, 3]).shape).toEqual(embedding().lookup(new Int32Array(), [0, 0]).shape);
  });

  it("leaves nothing behind but its result", async () => {
    const layer = embedding();
    await expectNoLeaks(() => void layer.lookup(ids, [2, 3]), { keeps: 1 });
  });
});
