import { expectNoLeaks } from "@timestep/testing";
import { seeded } from "@timestep/base";
import { concat, slice, split, stack, type Tensor, tensor, unstack } from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { startEngine } from "../engine.js";
import { type Copy, drawn, onBoth, valueAndGradients } from "./both-engines.fixture.js";

/** Copies move values and change none, so both engines agree to the bit. */
function expectSame({ cpu, wasm }: { cpu: Copy[]; wasm: Copy[] }): void {
  expect(wasm.map(({ shape, dtype, data }) => ({ shape, dtype, data: Array.from(data) }))).toEqual(
    cpu.map(({ shape, dtype, data }) => ({ shape, dtype, data: Array.from(data) })),
  );
}

const shapes: number[][] = [[7], [4, 5], [3, 4, 5], [2, 3, 4, 3], [2, 3, 2, 3, 2]];
const everyAxis = shapes.flatMap((shape) => shape.map((_, axis): [number[], number] => [shape, axis]));

describe("Slice", () => {
  it("takes a block, worked by hand", async () => {
    await startEngine({ engine: "wasm" });
    const x = tensor([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], [3, 4]);
    expect(slice(x, [1, 2], [2, 2]).arraySync()).toEqual([
      [6, 7],
      [10, 11],
    ]);
  });

  it("takes every block of every tensor as cpu does", async () => {
    // Ranks 1 to 5, sides 1 to 4, any corner, any size that fits, sometimes none.
    const random = seeded(1);
    const blocks = Array.from({ length: 300 }, (_, n) =>
      Array.from({ length: 1 + (n % 5) }, () => {
        const length = 1 + random.integer(4);
        const from = random.integer(length);
        return { length, from, size: random.integer(8) === 0 ? 0 : 1 + random.integer(length - from) };
      }),
    );
    const found = await onBoth(() =>
      blocks.map((sides, n) => {
        const x = drawn(
          n,
          sides.map((s) => s.length),
          n % 2 === 0 ? "float32" : "int32",
        );
        return slice(
          x,
          sides.map((s) => s.from),
          sides.map((s) => s.size),
        );
      }),
    );
    expect(found.cpu.some(({ data }) => data.length === 0)).toBe(true);
    expect(found.cpu.some(({ data }) => data.length > 20)).toBe(true);
    expectSame(found);
  });

  it.each(everyAxis)("has the gradient of cpu: %j along axis %i", async (shape, axis) => {
    const begin = shape.map((_, n) => (n === axis ? 1 : 0));
    const size = shape.map((length, n) => (n === axis ? length - 1 : length));
    const cut = (x: Tensor): Tensor => slice(x, begin, size);
    expectSame(await onBoth(() => valueAndGradients(cut as (...xs: Tensor[]) => Tensor, [drawn(1, shape)])));
  });

  it("takes the rest of an axis for -1, and bools", async () => {
    expectSame(
      await onBoth(() => [slice(drawn(2, [4, 5]), [1, 2], [-1, 2]), slice(drawn(3, [6], "bool"), [2], [3])]),
    );
  });

  it("cuts texts too", async () => {
    await startEngine({ engine: "wasm" });
    const texts = tensor(["a", "b", "c", "d"], [2, 2], "string");
    expect(slice(texts, [0, 1], [2, 1]).arraySync()).toEqual([["b"], ["d"]]);
    expect(unstack(texts, 1).map((part) => part.arraySync())).toEqual([
      ["a", "c"],
      ["b", "d"],
    ]);
  });
});

describe("SplitV", () => {
  it.each(everyAxis)("has the pieces and gradients of cpu: %j along axis %i", async (shape, axis) => {
    const length = shape[axis] as number;
    const sizes = [1, length - 1];
    const weighed = (x: Tensor): Tensor => concat(split(x, sizes, axis).toReversed(), axis);
    expectSame(
      await onBoth(() => [
        ...split(drawn(4, shape), sizes, axis),
        ...split(drawn(5, shape, "int32"), length, axis),
        ...split(drawn(6, shape), [1, -1], axis - shape.length),
        ...valueAndGradients(weighed as (...xs: Tensor[]) => Tensor, [drawn(7, shape)]),
      ]),
    );
  });

  it("gives empty pieces", async () => {
    expectSame(await onBoth(() => split(drawn(8, [3, 4]), [0, 4, 0], 1)));
  });
});

describe("Unpack", () => {
  it.each(everyAxis)("has the pieces and gradients of cpu: %j along axis %i", async (shape, axis) => {
    const turned = (x: Tensor): Tensor => stack(unstack(x, axis).toReversed(), axis);
    expectSame(
      await onBoth(() => [
        ...unstack(drawn(9, shape), axis),
        ...unstack(drawn(10, shape, "int32"), axis - shape.length),
        ...valueAndGradients(turned as (...xs: Tensor[]) => Tensor, [drawn(11, shape)]),
      ]),
    );
  });
});

it("copies stay right while the heap grows", async () => {
  await startEngine({ engine: "wasm" });
  // 64 MiB in all, well above the heap that the engine starts with.
  const random = seeded(12);
  const row = Float32Array.from({ length: 1 << 20 }, () => random.uniform());
  const x = tensor(row, [16, 1 << 16]);
  const held: Tensor[] = [];
  for (let round = 0; round < 15; round++) {
    const part = slice(x, [round, 0], [1, 1 << 16]);
    expect(part.dataSync().at(-1)).toBe(row[(round + 1) * (1 << 16) - 1]);
    held.push(part, tensor(row));
  }
  for (const tensorHeld of [x, ...held]) tensorHeld.dispose();
});

it("leave nothing behind but their pieces", async () => {
  await startEngine({ engine: "wasm" });
  const x = drawn(13, [3, 4, 5]);
  await expectNoLeaks(() => void slice(x, [0, 1, 0], [2, 2, 5]), { keeps: 1 });
  await expectNoLeaks(() => void unstack(x, 1), { keeps: 4 });
  await expectNoLeaks(() => void split(x, [1, 2], 0), { keeps: 2 });
});
