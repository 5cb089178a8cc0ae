import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-core/dist/register_all_gradients.js";
import { beforeAll, describe, expect, it } from "vitest";
import type { Addon } from "../addon.js";
import { addon, drawn, expectAsOnCpu, withGradients } from "../backend/backend-cases.fixture.js";
import { broadcastAxes } from "./broadcast.js";
import { registerNative } from "../backend/backend.js";

/** Both sides stretched, in the middle, at the ends, over many axes; empty; and enough for two threads. */
const pairs: [number[], number[]][] = [
  [
    [3, 1, 5],
    [3, 4, 5],
  ],
  [
    [3, 1, 5],
    [1, 4, 1],
  ],
  [
    [4, 1],
    [1, 6],
  ],
  [
    [2, 1, 3, 1, 2],
    [1, 4, 3, 5, 1],
  ],
  [[5], [2, 1, 5]],
  [
    [2, 3, 1],
    [3, 4],
  ],
  [[2, 1, 4], []],
  [
    [0, 1, 3],
    [1, 2, 1],
  ],
  [
    [32, 1, 130],
    [1, 40, 130],
  ],
];

const arithmetic = [tf.add, tf.sub, tf.mul, tf.div, tf.maximum, tf.minimum];
const comparisons = [tf.equal, tf.notEqual, tf.greater, tf.greaterEqual, tf.less, tf.lessEqual];

describe.skipIf(addon === undefined)("stretched operands on the native backend", () => {
  beforeAll(() => {
    tf.enableProdMode();
    registerNative({ threads: 2 });
  });

  it.each(pairs)("%j with %j", async (a, b) => {
    await expectAsOnCpu(() =>
      arithmetic.flatMap((op) => [op(drawn(1, a), drawn(2, b)), op(drawn(2, b), drawn(1, a))]),
    );
    const rounded = (seed: number, shape: number[]): Tensor => tf.round(drawn(seed, shape));
    await expectAsOnCpu(() => comparisons.map((op) => op(rounded(1, a), rounded(2, b))));
    if (a.includes(0) || a.includes(32)) return;
    await expectAsOnCpu(withGradients((x, y) => tf.mul(x as Tensor, y as Tensor), [a, b]));
  });

  it("special values", async () => {
    await expectAsOnCpu(() => {
      const values = tf.tensor([NaN, 0, -0, Infinity, -Infinity, 1]);
      const [row, column] = [tf.reshape(values, [1, 6]), tf.reshape(values, [6, 1])];
      return [...arithmetic, ...comparisons].map((op) => op(row, column));
    });
  });

  it("joins axes that both sides treat alike", () => {
    expect([...broadcastAxes([2, 3, 1, 5], [2, 3, 4, 5]).axes]).toEqual([6, 1, 1, 4, 0, 1, 5, 1, 1]);
    expect([...broadcastAxes([1, 1, 7], [4, 1, 7]).axes]).toEqual([4, 0, 1, 7, 1, 1]);
    expect([...broadcastAxes([], []).axes]).toEqual([]);
  });

  it("refuses arguments that do not fit", () => {
    const { broadcast, compare } = addon as Addon;
    const axes = Int32Array.of(2, 1, 0, 3, 0, 1);
    const [a, b, c] = [new Float32Array(2), new Float32Array(3), new Float32Array(6)];
    broadcast(0, axes, a, b, c);
    const refusals: [() => void, RegExp][] = [
      [
        () => {
          broadcast(99, axes, a, b, c);
        },
        /op must be a whole number/,
      ],
      [
        () => {
          broadcast(0, axes.subarray(1), a, b, c);
        },
        /three numbers/,
      ],
      [
        () => {
          broadcast(0, axes.with(1, 2), a, b, c);
        },
        /axes holds a wrong number/,
      ],
      [
        () => {
          broadcast(0, axes.with(0, -1), a, b, c);
        },
        /axes holds a wrong number/,
      ],
      [
        () => {
          broadcast(0, axes, b, a, c);
        },
        /a must have 2 elements/,
      ],
      [
        () => {
          broadcast(0, axes, c.subarray(0, 2), b, c);
        },
        /shares memory with a/,
      ],
      [
        () => {
          compare(0, axes, a, b, c as never);
        },
        /c must be a Uint8Array/,
      ],
      [
        () => {
          compare(0, axes, a, b, new Uint8Array(5));
        },
        /c must have 6 elements, has 5/,
      ],
      [
        () => {
          compare(0, axes, a, b, new Uint8Array(a.buffer).subarray(0, 6));
        },
        /shares memory|elements/,
      ],
      [
        () => {
          broadcast(0, new Int32Array(30).fill(1), a, b, c);
        },
        /at most 8 axes/,
      ],
    ];
    for (const [call, message] of refusals) expect(call).toThrow(message);
  });
});
