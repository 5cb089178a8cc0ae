import { seeded } from "@timestep/base";
import * as tf from "@tensorflow/tfjs-core";
import { type Tensor } from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-core/dist/register_all_gradients.js";
import { beforeAll, describe, expect, it } from "vitest";
import { type Addon, loadAddon } from "../addon.js";
import { registerNative } from "./backend.js";
import { spread } from "../kernels/elementwise.js";
import { physicalCores } from "../threads.js";

/** The addon, or undefined where it was not built: its tests are then skipped. */
const addon = ((): Addon | undefined => {
  try {
    return loadAddon();
  } catch (failure) {
    console.warn(`tests of the native backend are skipped: ${String(failure)}`);
    return undefined;
  }
})();

function drawn(seed: number, shape: number[]): Tensor {
  const random = seeded(seed);
  return tf.tensor(
    Array.from({ length: shape.reduce((p, n) => p * n, 1) }, () => random.normal()),
    shape,
    "float32",
  );
}

type Compute = () => Tensor | Tensor[];

/** Values that `compute` gives on each of the two backends. */
async function onBoth(compute: Compute): Promise<[unknown[], unknown[]]> {
  const results: unknown[][] = [];
  for (const backend of ["cpu", "native"]) {
    await tf.setBackend(backend);
    const before = tf.memory().numTensors;
    const tensors = [tf.tidy(() => compute() as Tensor)].flat();
    results.push(
      tensors.map((each) => ({ shape: each.shape, dtype: each.dtype, data: [...each.dataSync()] })),
    );
    tf.dispose(tensors);
    expect(tf.memory().numTensors, `tensors left behind on ${backend}`).toBe(before);
  }
  return results as [unknown[], unknown[]];
}

async function expectSame(compute: Compute, tolerance = 2e-5): Promise<void> {
  const [cpu, native] = (await onBoth(compute)) as [Result[], Result[]];
  expect(native.map(({ shape, dtype }) => ({ shape, dtype }))).toEqual(
    cpu.map(({ shape, dtype }) => ({ shape, dtype })),
  );
  native.forEach(({ data }, index) => {
    const wanted = (cpu[index] as Result).data;
    data.forEach((value, at) => {
      const other = wanted[at] as number;
      if (Object.is(value, other) || value === other) return;
      const error = Math.abs(value - other) / Math.max(1, Math.abs(other));
      expect(error, `result ${index}, element ${at}: ${value} for ${other}`).toBeLessThan(tolerance);
    });
  });
}

interface Result {
  readonly shape: number[];
  readonly dtype: string;
  readonly data: number[];
}

/** f and the gradients of Σ weight·f. */
function withGradients(f: (...xs: Tensor[]) => Tensor, shapes: number[][]): Compute {
  return () => {
    const inputs = shapes.map((shape, index) => drawn(index + 1, shape));
    const value = f(...inputs);
    const weights = drawn(99, value.shape);
    return [value, ...tf.grads((...xs: Tensor[]) => tf.sum(tf.mul(f(...xs), weights)))(inputs)];
  };
}

describe.skipIf(addon === undefined)("the native backend", () => {
  beforeAll(() => {
    tf.enableProdMode();
    expect(registerNative({ threads: 2 })).toMatchObject({ threads: 2 });
  });

  it("has every kernel that the cpu backend has", () => {
    const names = (backend: string): string[] =>
      tf.getKernelsForBackend(backend).map(({ kernelName }) => kernelName);
    expect(names("native")).toEqual(expect.arrayContaining(names("cpu")));
  });

  it("may be registered again, with another number of threads", () => {
    expect(registerNative({ threads: 1 }).threads).toBe(1);
    expect(registerNative().threads).toBe(physicalCores());
    expect(registerNative({ threads: 2 }).threads).toBe(2);
  });

  const transposes = [false, true].flatMap((ta) => [false, true].map((tb) => ({ ta, tb })));
  it.each(transposes)("multiplies matrices, transposeA $ta transposeB $tb", async ({ ta, tb }) => {
    const sizes: [number, number, number][] = [
      [1, 1, 1],
      [3, 50, 7],
      [17, 5, 33],
      [64, 49, 40],
      [2, 3, 0],
      [0, 3, 2],
    ];
    for (const [m, n, k] of sizes) {
      const a = ta ? [k, m] : [m, k];
      const b = tb ? [n, k] : [k, n];
      const f = (x: Tensor, y: Tensor): Tensor => tf.matMul(x, y, ta, tb);
      if (m * n * k === 0) await expectSame(() => f(drawn(1, a), drawn(2, b)));
      else await expectSame(withGradients(f as (...xs: Tensor[]) => Tensor, [a, b]));
    }
  });

  it.each([
    [
      [4, 3, 5],
      [4, 5, 6],
    ],
    [
      [4, 3, 5],
      [5, 6],
    ],
    [
      [3, 5],
      [4, 5, 6],
    ],
    [
      [2, 1, 3, 5],
      [1, 4, 5, 6],
    ],
    [
      [6, 1, 9],
      [6, 9, 2],
    ],
  ])("multiplies batches %j by %j", async (a, b) => {
    const whole = tf.util.sizeFromShape(a) * tf.util.sizeFromShape(b);
    expect(whole).toBeGreaterThan(0);
    // The cpu backend pairs batches by remainder, which is wrong when both sides are stretched: products one by one.
    const stretched = a.length === 4;
    if (!stretched) return expectSame(() => tf.matMul(drawn(1, a), drawn(2, b)));
    await tf.setBackend("native");
    const [x, y] = [drawn(1, a), drawn(2, b)];
    const together = tf.matMul(x, y);
    expect(together.shape).toEqual([2, 4, 3, 6]);
    for (const i of [0, 1]) {
      for (const j of [0, 1, 2, 3]) {
        const alone = tf.matMul(
          tf.reshape(tf.slice(x, [i, 0, 0, 0], [1, 1, 3, 5]), [3, 5]),
          tf.reshape(tf.slice(y, [0, j, 0, 0], [1, 1, 5, 6]), [5, 6]),
        );
        const same = tf.slice(together, [i, j, 0, 0], [1, 1, 3, 6]);
        expect([...same.dataSync()]).toEqual([...alone.dataSync()]);
      }
    }
  });

  it("refuses matrices that do not fit", async () => {
    await tf.setBackend("native");
    expect(() => tf.matMul(drawn(1, [2, 3]), drawn(2, [4, 5]))).toThrow(/inner/);
    expect(() => tf.gather(drawn(1, [3, 2]), tf.tensor1d([3], "int32"))).toThrow(/index value 3/);
    expect(() => tf.softmax(drawn(1, [3, 2]), 0)).toThrow(/last/);
  });

  it.each(["linear", "relu", "relu6", "elu", "sigmoid", "leakyrelu", "prelu"] as const)(
    "fuses a product with its bias and %s",
    async (activation) => {
      await expectSame(() => {
        const options = { a: drawn(1, [3, 4]) as tf.Tensor2D, b: drawn(2, [4, 5]) as tf.Tensor2D };
        const extra = activation === "prelu" ? { preluActivationWeights: drawn(4, [5]) } : {};
        return tf.fused.matMul({
          ...options,
          bias: drawn(3, [5]),
          activation,
          leakyreluAlpha: 0.3,
          ...extra,
        });
      });
    },
  );

  const pairs: [number[], number[]][] = [
    [
      [3, 4],
      [3, 4],
    ],
    [[3, 4], [4]],
    [[4], [3, 4]],
    [[3, 4], []],
    [[], [3, 4]],
    [
      [3, 1],
      [3, 4],
    ],
    [
      [2, 3, 4],
      [3, 1],
    ],
    [
      [3, 1],
      [1, 4],
    ],
    [
      [2, 3, 4],
      [2, 1, 4],
    ],
    [[1, 4], [4]],
    [[0, 4], [4]],
    [[400, 300], [300]],
    [[90000], []],
  ];
  it.each(pairs)("broadcasts %j with %j", async (a, b) => {
    for (const f of [tf.add, tf.sub, tf.mul, tf.div, tf.maximum, tf.minimum]) {
      await expectSame(() => f(drawn(1, a), drawn(2, b)));
    }
    if (a.length * b.length > 0 && tf.util.sizeFromShape(a) < 100 && !a.includes(0)) {
      for (const f of [tf.add, tf.sub, tf.mul])
        await expectSame(withGradients((x, y) => f(x as Tensor, y as Tensor), [a, b]));
    }
  });

  it("keeps NaN, infinities and other types as the cpu backend does", async () => {
    const odd = [NaN, Infinity, -Infinity, -0, 0, 1, -1, 90, -90, 1e-30];
    const functions = [tf.exp, tf.sigmoid, tf.tanh, tf.relu, tf.neg, tf.square, tf.sqrt, tf.abs];
    for (const f of functions) await expectSame(() => f(tf.tensor1d(odd)), 1e-6);
    for (const f of [tf.maximum, tf.minimum, tf.add]) {
      await expectSame(() => f(tf.tensor1d(odd), tf.tensor1d(odd.toReversed())));
    }
    await expectSame(() => tf.mul(tf.tensor1d([2, 3], "int32"), tf.tensor1d([4, 5], "int32")));
    await expectSame(() => tf.abs(tf.tensor1d([-2, 3], "int32")));
    await expectSame(() => tf.sum(tf.tensor2d([[true, false]], [1, 2], "bool"), 1));
    await expectSame(() => tf.slice(tf.tensor1d([1, 0, 1], "bool"), 1, 2));
  });

  it("gives functions and their gradients", async () => {
    for (const f of [tf.exp, tf.sigmoid, tf.tanh, tf.relu, tf.neg, tf.square, tf.abs]) {
      await expectSame(
        withGradients((x) => f(x as Tensor), [[5, 7]]),
        1e-5,
      );
    }
    await expectSame(withGradients((x) => tf.softmax(x as Tensor), [[5, 7]]));
    await expectSame(withGradients((x) => tf.logSoftmax(x as Tensor), [[2, 3, 7]]));
  });

  it("takes means over any axes", async () => {
    for (const axes of [0, 1, 2, [0, 1], [1, 2], [0, 2], [0, 1, 2], -1]) {
      for (const keep of [false, true]) await expectSame(() => tf.mean(drawn(1, [3, 70, 5]), axes, keep));
    }
    await expectSame(withGradients((x) => tf.mean(x as Tensor, [1, 2]), [[2, 3, 4, 5]]));
    await expectSame(() => [
      tf.mean(drawn(1, [0, 3]), 0),
      tf.mean(tf.tensor1d([NaN, 1])),
      tf.mean(tf.scalar(2)),
    ]);
  });

  it("sums over any axes", async () => {
    for (const axes of [0, 1, 2, -1, [0, 1], [1, 2], [0, 2], [0, 1, 2], [2, 1], []]) {
      for (const keep of [false, true]) await expectSame(() => tf.sum(drawn(1, [3, 70, 5]), axes, keep));
    }
    await expectSame(() => tf.sum(drawn(1, [0, 3]), 0));
    await expectSame(() => tf.sum(drawn(1, [3, 0]), 1));
  });

  it("slices, splits, stacks and transposes", async () => {
    const x = (): Tensor => drawn(1, [3, 20, 4]);
    await expectSame(() => tf.slice(x(), [1, 2, 1], [2, 17, 2]));
    await expectSame(() => tf.slice(x(), [0, 0, 0], [3, 0, 4]));
    await expectSame(() => tf.split(x(), [5, 15], 1));
    await expectSame(() => tf.split(x(), 2, -1));
    await expectSame(() => tf.unstack(x(), 1));
    await expectSame(() => tf.unstack(x(), -1));
    const orders = [
      [0, 1, 2],
      [0, 2, 1],
      [1, 0, 2],
      [1, 2, 0],
      [2, 0, 1],
      [2, 1, 0],
    ];
    for (const perm of orders) await expectSame(() => tf.transpose(x(), perm));
    for (const axis of [0, 1, 2]) await expectSame(() => tf.concat([x(), x(), drawn(3, [3, 20, 4])], axis));
    await expectSame(() => tf.concat([drawn(1, [2, 0]), drawn(2, [2, 3])], 1));
    await expectSame(() => tf.concat([drawn(1, [0, 2]), drawn(2, [0, 2])], 0));
    await expectSame(
      withGradients(
        (a, b) => tf.stack([a as Tensor, b as Tensor], 1),
        [
          [3, 2],
          [3, 2],
        ],
      ),
    );
    await expectSame(withGradients((a) => tf.transpose(tf.slice(a as Tensor, [0, 1], [3, 2])), [[3, 4]]));
  });

  it("moves numbers that a cast left in the narrower type", async () => {
    const wide = [1.5, 300.25];
    const float = (): Tensor => tf.cast(tf.tensor1d([1, 2], "int32"), "float32");
    const integer = (): Tensor => tf.cast(tf.tensor1d([1, 0], "bool"), "int32");
    await expectSame(() => tf.concat([float(), tf.tensor1d(wide)]));
    await expectSame(() => tf.concat([integer(), tf.tensor1d([300, -1], "int32")]));
    await expectSame(() => [tf.slice(float(), 1, 1), tf.slice(integer(), 1, 1)]);
    await expectSame(() => tf.add(tf.slice(float(), 0, 2), tf.tensor1d(wide)));
    await expectSame(() => tf.gather(tf.tensor1d(wide), integer()));
  });

  it("gathers rows and adds their gradients up", async () => {
    const ids = (): Tensor =>
      tf.tensor2d(
        [
          [0, 4, 4],
          [2, 0, 1],
        ],
        [2, 3],
        "int32",
      );
    await expectSame(() => tf.gather(drawn(1, [5, 20]), ids()));
    await expectSame(() => tf.gather(drawn(1, [2, 5, 3]), ids(), 1));
    await expectSame(() => tf.gather(drawn(1, [2, 5, 3]), ids(), 1, 1));
    await expectSame(withGradients((x) => tf.gather(x as Tensor, ids()), [[5, 3]]));
    await expectSame(() => tf.unsortedSegmentSum(drawn(1, [4, 3]), tf.tensor1d([1, 7, 1, -1], "int32"), 3));
  });

  it("gives the same bits every time", async () => {
    await tf.setBackend("native");
    const once = (): number[] => [...tf.matMul(drawn(1, [130, 200]), drawn(2, [200, 190])).dataSync()];
    const first = once();
    for (let round = 0; round < 5; round++) expect(once()).toEqual(first);
    registerNative({ threads: 1 });
    expect(once()).toEqual(first); // an element is one sum in a fixed order, so threads change nothing at all
    registerNative({ threads: 2 });
  });
});

describe.skipIf(addon === undefined)("the addon", () => {
  const { matMul, binary, unary, sum, softmax, setThreads, simd } = addon as unknown as Record<
    keyof Addon,
    (...values: unknown[]) => unknown
  >;
  const four = (): Float32Array => new Float32Array(4);
  const one = Int32Array.of(0, 0);

  it("names its instruction set", () => {
    expect(simd()).toMatch(/^(avx512|avx2|neon|portable)$/);
  });

  it("throws on arguments that do not fit", () => {
    const good: unknown[] = [four(), four(), four(), 1, 1, one, 2, 2, 2, false, false];
    expect(matMul(...good)).toBeUndefined();
    const bad: [number, unknown][] = [
      [0, null],
      [0, [1, 2, 3, 4]],
      [0, new Float64Array(4)],
      [0, new Float32Array(3)],
      [1, new Float32Array(5)],
      [2, undefined],
      [2, good[0]],
      [3, -1],
      [3, 2],
      [4, 1.5],
      [5, Int32Array.of(0, 1)],
      [5, Int32Array.of(-1, 0)],
      [5, Int32Array.of(0)],
      [5, four()],
      [6, 2 ** 31],
      [6, NaN],
      [7, "2"],
      [8, 3],
      [9, 1],
      [10, undefined],
    ];
    for (const [index, value] of bad) {
      expect(() => matMul(...good.with(index, value)), `argument ${index}: ${String(value)}`).toThrow(
        TypeError,
      );
    }
    expect(() => matMul()).toThrow(/11 arguments/);
    const memory = new ArrayBuffer(32);
    const half = new Float32Array(memory, 8, 4);
    expect(() =>
      matMul(new Float32Array(memory, 0, 4), four(), half, 1, 1, one, 2, 2, 2, false, false),
    ).toThrow(/shares memory/);
    expect(() => binary(9, false, four(), four(), four(), 1, 4, 1)).toThrow(/op/);
    expect(() => binary(0, false, four(), four(), four(), 2, 4, 1)).toThrow(/8 elements/);
    expect(() => unary(0, half, new Float32Array(memory, 12, 4), 4)).toThrow(/shares memory/);
    expect(() => unary(99, four(), four(), 4)).toThrow(/op/);
    expect(() => sum(four(), four(), 2 ** 30, 2 ** 30, 2 ** 30)).toThrow(/too large/);
    expect(() => softmax(four(), four(), 2, 3)).toThrow(/6 elements/);
    expect(() => setThreads(0)).toThrow(/from 1/);
    const detached = four();
    structuredClone(detached.buffer, { transfer: [detached.buffer as ArrayBuffer] });
    expect(() => unary(0, detached, four(), 4)).toThrow(/4 elements, has 0/);
  });
});

it("finds how a small tensor lies in a large one", () => {
  expect(spread([2, 3, 4], [3, 4])).toEqual({ outer: 2, middle: 12, inner: 1 });
  expect(spread([2, 3, 4], [3, 1])).toEqual({ outer: 2, middle: 3, inner: 4 });
  expect(spread([2, 3, 4], [])).toEqual({ outer: 24, middle: 1, inner: 1 });
  expect(spread([2, 1, 4], [2, 1, 4])).toEqual({ outer: 1, middle: 8, inner: 1 });
  expect(spread([2, 3, 4], [2, 1, 4])).toBeUndefined();
  expect(spread([3, 1], [1, 4])).toBeUndefined();
});
