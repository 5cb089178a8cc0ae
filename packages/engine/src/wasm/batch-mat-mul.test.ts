import { expectClose, expectNoLeaks } from "@timestep/testing";
import { matMul, type Tensor } from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { startEngine } from "../engine.js";
import { drawn, onBoth, valueAndGradients } from "./both-engines.fixture.js";

const transposes: [boolean, boolean][] = [
  [false, false],
  [false, true],
  [true, false],
  [true, true],
];

/** Shapes of a [..., rows, inner] and b [..., inner, columns], laid as the transpose flags ask for. */
function operands(
  batchA: readonly number[],
  batchB: readonly number[],
  [rows, inner, columns]: readonly [number, number, number],
  [transposeA, transposeB]: readonly [boolean, boolean],
): [Tensor, Tensor] {
  return [
    drawn(1, [...batchA, ...(transposeA ? [inner, rows] : [rows, inner])]),
    drawn(2, [...batchB, ...(transposeB ? [columns, inner] : [inner, columns])]),
  ];
}

describe.each(transposes)("a product with transposes %s, %s", (...flags) => {
  const product = (a: Tensor, b: Tensor): Tensor => matMul(a, b, ...flags);

  it.each<[string, number[], [number, number, number]]>([
    ["a matrix", [], [3, 5, 7]],
    ["a row times a column", [], [1, 9, 1]],
    ["a column times a row", [], [9, 1, 5]],
    ["one item", [1], [4, 3, 2]],
    ["a small batch, left to the stock kernel", [3], [4, 5, 6]],
    ["a large batch, walked over item by item", [3], [17, 19, 23]],
    ["two batch axes", [2, 3], [4, 5, 3]],
  ])("has the value and gradients of cpu: %s", async (_, batch, sizes) => {
    const { cpu, wasm } = await onBoth(() =>
      valueAndGradients(product as (...xs: Tensor[]) => Tensor, operands(batch, batch, sizes, flags)),
    );
    expect(wasm).toHaveLength(3);
    wasm.forEach((found, n) => {
      expectClose(found, cpu[n] as typeof found, 1e-5);
    });
  });

  it.each<[string, number[], number[], [number, number, number]]>([
    ["left, small", [1], [3], [2, 3, 4]],
    ["left, large items", [1], [3], [17, 19, 23]],
    ["right, large items", [3], [1], [17, 19, 23]],
    ["a matrix over a batch", [], [4], [5, 6, 7]],
  ])("broadcasts a batch of one: %s", async (_, batchA, batchB, sizes) => {
    const { cpu, wasm } = await onBoth(() => [product(...operands(batchA, batchB, sizes, flags))]);
    expectClose(wasm[0] as (typeof wasm)[0] & object, cpu[0] as (typeof cpu)[0] & object, 1e-5);
  });
});

it("leaves nothing behind but the product", async () => {
  await startEngine({ engine: "wasm" });
  const [a, b] = operands([3], [3], [17, 19, 23], [true, true]);
  await expectNoLeaks(() => void matMul(a, b, true, true), { keeps: 1 });
});
