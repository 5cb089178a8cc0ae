import { seeded } from "@timestep/base";
import { startEngine } from "@timestep/engine";
import { expectClose, expectGradients, expectNoLeaks } from "@timestep/testing";
import { type Tensor, tensor2d } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { drawn, scattered, setParameters } from "../recurrent/cells.fixture.js";
import { Dense } from "./dense.js";

beforeAll(async () => {
  await startEngine({ engine: "cpu" });
});

const dense = (bias = true): Dense => new Dense({ inputSize: 3, outputSize: 2, random: seeded(1), bias });

describe("Dense", () => {
  it("computes x·W + b by hand", () => {
    const layer = dense();
    setParameters(layer, { kernel: [1, 2, 0, -1, 3, 0.5], bias: [10, 20] });
    // (1, 2, 3)·W = (1 + 0 + 9, 2 - 2 + 1.5) = (10, 1.5); (0, -1, 0)·W = (0, 1).
    const x = tensor2d([
      [1, 2, 3],
      [0, -1, 0],
    ]);
    expectClose(layer.apply(x), [20, 21.5, 10, 21], 1e-6);
  });

  it("works over the last axis of any rank", () => {
    const layer = scattered(dense());
    const rows = layer.apply(drawn(1, [8, 3]));
    for (const shape of [[2, 4], [2, 2, 2], [8]]) {
      const result = layer.apply(drawn(1, [...shape, 3]));
      expect(result.shape).toEqual([...shape, 2]);
      expectClose(result.dataSync(), rows.dataSync(), 1e-6);
    }
    expect(layer.apply(drawn(1, [3])).shape).toEqual([2]);
  });

  it("has no bias when asked for none", () => {
    expect(
      dense(false)
        .parameters()
        .map(({ path }) => path),
    ).toEqual(["kernel"]);
    expect(dense().parameterCount()).toBe(8);
    expect(
      Array.from(
        dense(false)
          .apply(tensor2d([[0, 0, 0]]))
          .dataSync(),
      ),
    ).toEqual([0, 0]);
  });

  it.each([true, false])("matches numeric gradients, bias %s", async (bias) => {
    const layer = scattered(dense(bias));
    const inputs = [drawn(2, [2, 4, 3]), ...layer.parameters().map((p) => p.variable)];
    await expectGradients(((x: Tensor) => layer.apply(x)) as (...xs: Tensor[]) => Tensor, inputs).within(
      1e-3,
    );
  });

  it("refuses another last axis", () => {
    expect(() => dense().apply(drawn(1, [3, 2]))).toThrow(
      expect.objectContaining({ code: "DENSE_INPUT_SIZE" }),
    );
    expect(() => dense().apply(drawn(1, [3, 2]))).toThrow(/\[\.\.\., 3\], got \[3, 2\]/);
  });

  it("leaves nothing behind but its result", async () => {
    const layer = dense();
    const x = drawn(1, [2, 3]);
    await expectNoLeaks(() => void layer.apply(x), { keeps: 1 });
  });
});
