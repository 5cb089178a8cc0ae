import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-core/dist/register_all_gradients.js";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { Addon } from "../addon.js";
import { addon, drawn, expectAsOnCpu } from "../backend/backend-cases.fixture.js";
import { registerNative } from "../backend/backend.js";

describe.skipIf(addon === undefined)("kernels that move numbers", () => {
  beforeAll(() => {
    tf.enableProdMode();
    registerNative({ threads: 2 });
  });

  it.each([0, 1, 2])("give any slice of any transpose, sizes drawn with seed %i", async (seed) => {
    const drawing = fc.tuple(
      fc.array(fc.integer({ min: 1, max: 19 }), { minLength: 1, maxLength: 4 }),
      fc.infiniteStream(fc.nat({ max: 1000 })),
    );
    for (const [shape, numbers] of fc.sample(drawing, { seed, numRuns: 12 })) {
      const next = (below: number): number => (numbers.next().value as number) % below;
      const begin = shape.map((size) => next(size));
      const sizes = shape.map((size, axis) => 1 + next(size - (begin[axis] as number)));
      const order = shape.map((_, axis) => axis).sort((p, q) => ((p * 7 + seed) % 4) - ((q * 7 + seed) % 4));
      const kind = next(3) === 0 ? "int32" : "float32";
      const axis = next(shape.length);
      const x = (): Tensor => tf.cast(tf.mul(drawn(seed, shape), 100), kind);
      await expectAsOnCpu(() => [
        tf.slice(x(), begin, sizes),
        tf.transpose(x(), order),
        tf.transpose(tf.slice(x(), begin, sizes), order),
        ...tf.unstack(x(), axis),
      ]);
    }
  });

  it.each([
    { shape: [5], paddings: [[2, 3]] },
    { shape: [5], paddings: [[0, 0]] },
    { shape: [0], paddings: [[2, 1]] },
    {
      shape: [2, 0, 3],
      paddings: [
        [1, 0],
        [0, 1],
        [1, 1],
      ],
    },
    {
      shape: [4, 6],
      paddings: [
        [1, 2],
        [0, 0],
      ],
    },
    {
      shape: [4, 6],
      paddings: [
        [0, 0],
        [2, 0],
      ],
    },
    {
      shape: [3, 4, 5],
      paddings: [
        [0, 1],
        [2, 0],
        [0, 0],
      ],
    },
    {
      shape: [2, 3, 4, 5],
      paddings: [
        [0, 0],
        [1, 1],
        [2, 2],
        [0, 0],
      ],
    },
    {
      shape: [2, 3, 4, 5],
      paddings: [
        [1, 0],
        [0, 1],
        [0, 0],
        [3, 1],
      ],
    },
  ])("pad $shape by $paddings", async ({ shape, paddings }) => {
    for (const kind of ["float32", "int32"] as const) {
      await expectAsOnCpu(() =>
        tf.pad(tf.cast(tf.mul(drawn(3, shape), 100), kind), paddings as [number, number][], 7),
      );
    }
  });

  it("give large transposes on two threads", async () => {
    await expectAsOnCpu(() => tf.transpose(drawn(1, [300, 417])));
    await expectAsOnCpu(() => tf.transpose(drawn(1, [50, 32, 70]), [1, 0, 2]));
  });

  it.each([1, 5, 64, 300])("gather rows of %i and add them up again", async (width) => {
    const count = 150;
    const ids = (least: number): tf.Tensor1D =>
      tf.tensor1d(
        Array.from({ length: count }, (_, row) => least + ((row * 7) % 11)),
        "int32",
      );
    await expectAsOnCpu(() => tf.gather(drawn(1, [11, width]), ids(0)));
    await expectAsOnCpu(() => tf.gather(drawn(1, [3, 11, width]), ids(0), 1));
    // Ids outside are left out; a segment that no id names is zeros, whatever was in its memory before.
    tf.tidy(() => tf.neg(tf.fill([20, width], NaN)));
    await expectAsOnCpu(() => tf.unsortedSegmentSum(drawn(1, [count, width]), ids(-2), 20));
    await expectAsOnCpu(() => tf.unsortedSegmentSum(drawn(1, [count, width]), ids(-2), 5));
  });
});

describe.skipIf(addon === undefined)("the addon's entry points that move numbers", () => {
  const { copyStrided, gatherRows, addRows } = addon as unknown as Record<
    keyof Addon,
    (...values: unknown[]) => unknown
  >;
  const x = (count: number): Float32Array => new Float32Array(count);

  it("throw on arguments that do not fit", () => {
    expect(copyStrided(x(6), x(4), 1, Int32Array.of(2, 3, 2, 1))).toBeUndefined();
    const bad: [() => unknown, RegExp][] = [
      [() => copyStrided(x(6), x(4), 2, Int32Array.of(2, 3, 2, 1)), /past the end/],
      [() => copyStrided(x(6), x(5), 0, Int32Array.of(2, 3, 2, 1)), /4 elements, has 5/],
      [() => copyStrided(x(6), x(2), 0, Int32Array.of(2, -1)), /negative/],
      [() => copyStrided(x(6), x(2), 0, Int32Array.of(-2, 1)), /negative/],
      [() => copyStrided(x(6), x(2), -1, Int32Array.of(2, 1)), /start/],
      [() => copyStrided(x(6), x(2), 0, Int32Array.of(2)), /pairs/],
      [() => copyStrided(x(6), x(1), 0, new Int32Array(18).fill(1)), /8 at most/],
      [() => copyStrided(x(6), x(2), 0, new Int32Array(16).fill(2 ** 31 - 1)), /too large/],
      [() => copyStrided(x(6), x(2), 0, Float32Array.of(2, 1)), /Int32Array/],
      [() => copyStrided([1, 2], x(2), 0, Int32Array.of(2, 1)), /typed array/],
      [() => copyStrided(new Int32Array(6), x(2), 0, Int32Array.of(2, 1)), /Float32Array/],
      [() => gatherRows(x(6), Int32Array.of(3), x(2), 1, 3, 2), /not there/],
      [() => gatherRows(x(6), Int32Array.of(-1), x(2), 1, 3, 2), /not there/],
      [() => gatherRows(x(6), Int32Array.of(0), x(3), 1, 3, 2), /2 elements, has 3/],
      [() => gatherRows(x(5), Int32Array.of(0), x(2), 1, 3, 2), /6 elements, has 5/],
      [() => gatherRows(x(6), [0], x(2), 1, 3, 2), /typed array/],
      [() => addRows(x(6), Int32Array.of(0, 1, 2), x(3), 2, 2), /4 elements, has 3/],
      [() => addRows(x(5), Int32Array.of(0, 1, 2), x(4), 2, 2), /6 elements, has 5/],
      [() => addRows(x(6), x(3), x(4), 2, 2), /Int32Array/],
      [() => addRows(x(6), Int32Array.of(0, 1, 2), x(4), 2), /5 arguments/],
    ];
    for (const [call, message] of bad) expect(call).toThrow(message);
    const memory = x(8);
    const [front, back] = [memory.subarray(0, 6), memory.subarray(4, 8)];
    expect(() => copyStrided(front, back, 0, Int32Array.of(4, 1))).toThrow(/shares memory/);
    expect(() => gatherRows(front, Int32Array.of(0, 0), back, 1, 3, 2)).toThrow(/shares memory/);
    expect(() => addRows(front, Int32Array.of(0, 1, 0), back, 2, 2)).toThrow(/shares memory/);
  });
});
