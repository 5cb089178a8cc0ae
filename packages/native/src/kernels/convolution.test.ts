import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor1D, Tensor4D } from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-core/dist/register_all_gradients.js";
import { beforeAll, describe, expect, it } from "vitest";
import type { Addon } from "../addon.js";
import { addon, drawn, expectAsOnCpu, withGradients } from "../backend/backend-cases.fixture.js";
import { windowOf } from "./convolution.js";
import { registerNative } from "../backend/backend.js";

type Padding = Parameters<typeof tf.conv2d>[3];

interface Case {
  readonly x: number[];
  readonly filter: number[];
  readonly strides?: number | [number, number];
  readonly pad?: Padding;
}

const explicit: Padding = [
  [0, 0],
  [2, 1],
  [0, 3],
  [0, 0],
];

/** Pictures that do not divide evenly, filters that are even, wide, or larger than the picture. */
const cases: Case[] = [
  { x: [2, 5, 7, 3], filter: [3, 3, 3, 5] },
  { x: [1, 9, 8, 3], filter: [3, 3, 3, 4], strides: 2 },
  { x: [2, 9, 8, 3], filter: [3, 2, 3, 4], strides: [3, 1] },
  { x: [1, 8, 9, 2], filter: [2, 3, 2, 50], strides: [1, 2], pad: "valid" },
  { x: [3, 6, 5, 7], filter: [1, 1, 7, 9] },
  { x: [1, 17, 19, 3], filter: [1, 1, 3, 70] },
  { x: [1, 6, 5, 7], filter: [1, 1, 7, 9], strides: 2 },
  { x: [1, 6, 6, 2], filter: [2, 2, 2, 3], pad: 1 },
  { x: [2, 6, 7, 2], filter: [3, 4, 2, 3], pad: explicit },
  { x: [1, 3, 3, 2], filter: [5, 5, 2, 3] },
  { x: [1, 4, 4, 2], filter: [4, 4, 2, 3], pad: "valid" },
  { x: [4, 20, 21, 8], filter: [3, 3, 8, 16] }, // several blocks and threads
];

function convolution({ strides = 1, pad = "same" }: Case): (...xs: Tensor[]) => Tensor {
  return (x, filter) => tf.conv2d(x as Tensor4D, filter as Tensor4D, strides, pad);
}

function depthwise({ strides = 1, pad = "same" }: Case): (...xs: Tensor[]) => Tensor {
  return (x, filter) => tf.depthwiseConv2d(x as Tensor4D, filter as Tensor4D, strides, pad);
}

const activations = [
  "linear",
  "relu",
  "relu6",
  "elu",
  "sigmoid",
  "leakyrelu",
] as const satisfies readonly string[];

describe.skipIf(addon === undefined)("convolutions on the native backend", () => {
  beforeAll(() => {
    tf.enableProdMode();
    registerNative({ threads: 2 });
  });

  it.each(cases)("conv2d and its gradients: $x by $filter", async (each) => {
    await expectAsOnCpu(withGradients(convolution(each), [each.x, each.filter]), 1e-4);
  });

  it.each(cases)("channels apart and gradients: $x by $filter", async (each) => {
    const [height, width, channels] = each.filter as [number, number, number];
    const shapes = [each.x, [height, width, channels, 1]];
    // The operation asks for equal strides with its gradients' kernels on the cpu backend.
    await expectAsOnCpu(withGradients(depthwise(each), shapes), 1e-4);
  });

  it.each([16, 33, 70, 144])("channels apart, %i of them", async (channels) => {
    const shapes = [
      [2, 9, 10, channels],
      [3, 3, channels, 1],
    ];
    await expectAsOnCpu(
      withGradients(depthwise({ x: [], filter: [], strides: 2 }), shapes as number[][]),
      1e-4,
    );
  });

  it("leaves several channels from each to the cpu backend", async () => {
    const shapes = [
      [1, 5, 4, 3],
      [2, 2, 3, 2],
    ];
    await expectAsOnCpu(withGradients(depthwise({ x: [], filter: [] }), shapes), 1e-4);
  });

  it.each(["same", "valid", 3] as const)("dilations, padding %s", async (pad) => {
    await expectAsOnCpu(() => {
      const x = drawn(1, [2, 9, 11, 3]) as Tensor4D;
      const filter = drawn(2, [3, 2, 3, 4]) as Tensor4D;
      const alone = drawn(3, [3, 2, 3, 1]) as Tensor4D;
      return [
        tf.conv2d(x, filter, 1, pad, "NHWC", [2, 3]),
        tf.depthwiseConv2d(x, alone, 1, pad, "NHWC", [3, 2]),
      ];
    });
  });

  it("channels first, and whole numbers", async () => {
    await expectAsOnCpu(() => [
      tf.conv2d(drawn(1, [1, 2, 5, 5]) as Tensor4D, drawn(2, [3, 3, 2, 4]) as Tensor4D, 1, "same", "NCHW"),
      tf.maxPool(tf.ones([1, 4, 4, 2], "int32") as Tensor4D, 2, 2, "same"),
    ]);
  });

  it.each(activations)("bias and activation %s in one", async (activation) => {
    await expectAsOnCpu(() => {
      const x = tf.mul(drawn(1, [2, 6, 7, 4]), 3) as Tensor4D;
      const [filter, alone] = [drawn(2, [3, 3, 4, 6]) as Tensor4D, drawn(3, [3, 3, 4, 1]) as Tensor4D];
      const shared = { strides: 1, pad: "same", activation, leakyreluAlpha: 0.3 } as const;
      return [
        tf.fused.conv2d({ ...shared, x, filter, bias: drawn(4, [6]) }),
        tf.fused.conv2d({ ...shared, x, filter }),
        tf.fused.conv2d({ ...shared, x, filter, bias: tf.scalar(0.5) }),
        tf.fused.depthwiseConv2d({ ...shared, x, filter: alone, bias: drawn(5, [4]) }),
      ];
    });
  });

  it("prelu, and the gradients of what is fused", async () => {
    await expectAsOnCpu(() => {
      const [x, filter] = [drawn(1, [1, 5, 5, 3]) as Tensor4D, drawn(2, [2, 2, 3, 4]) as Tensor4D];
      return tf.fused.conv2d({
        x,
        filter,
        strides: 1,
        pad: "valid",
        bias: drawn(3, [4]),
        activation: "prelu",
        preluActivationWeights: drawn(4, [4]),
      });
    });
    const f = (...[x, filter, bias]: Tensor[]): Tensor =>
      tf.fused.conv2d({
        x: x as Tensor4D,
        filter: filter as Tensor4D,
        bias: bias as Tensor1D,
        strides: 1,
        pad: "same",
        activation: "relu6",
      });
    await expectAsOnCpu(withGradients(f, [[2, 5, 6, 3], [3, 3, 3, 4], [4]]), 1e-4);
  });

  it.each([
    [[2, 7, 6, 3], 2, 2, "same"],
    [[1, 7, 9, 40], 3, 2, "valid"],
    [[1, 7, 9, 5], [3, 2], 1, "same"],
    [[1, 8, 8, 2], 3, 3, 1],
    [[1, 4, 5, 2], 1, 2, "valid"],
  ] as const)("pools %j by %j", async (shape, size, strides, pad) => {
    const at = (kind: "maxPool" | "avgPool") => (x: Tensor) =>
      tf[kind](x as Tensor4D, size as number, strides, pad);
    await expectAsOnCpu(withGradients(at("maxPool"), [[...shape]]));
    await expectAsOnCpu(withGradients(at("avgPool"), [[...shape]]));
  });

  it("special values come through, and pictures without elements", async () => {
    await expectAsOnCpu(() => {
      const values = drawn(1, [1, 4, 4, 2]).dataSync().slice();
      values.set([NaN, Infinity, -Infinity, 0], 5);
      const x = tf.tensor4d(values, [1, 4, 4, 2]);
      const filter = tf.ones([2, 2, 2, 3]) as Tensor4D;
      const none = tf.zeros([0, 4, 4, 2]) as Tensor4D;
      return [
        tf.conv2d(x, filter, 1, "valid"),
        tf.maxPool(x, 2, 1, "valid"),
        tf.avgPool(x, 2, 1, "valid"),
        tf.conv2d(none, filter, 1, "valid"),
        tf.fused.conv2d({ x, filter, strides: 2, pad: "valid", activation: "relu6" }),
      ];
    });
  });

  it("gives the same bits with one thread and with two", async () => {
    await tf.setBackend("native");
    const shapes = [
      [3, 19, 23, 8],
      [3, 3, 8, 24],
    ];
    const alone = [shapes[0] as number[], [3, 3, 8, 1]];
    const runs = [1, 2].map((threads) => {
      registerNative({ threads });
      const compute = (): Tensor[] =>
        [
          withGradients(convolution({ x: [], filter: [], strides: 2 }), shapes)(),
          withGradients(convolution({ x: [], filter: [] }), shapes)(),
          withGradients(depthwise({ x: [], filter: [] }), alone)(),
        ].flat() as Tensor[];
      return tf.tidy(() => compute().map((tensor) => tensor.dataSync().slice()));
    });
    expect(runs[1]).toEqual(runs[0]);
  });

  it("refuses arguments that do not fit, and goes on", () => {
    const { convolve, convolveInputGradient, pool } = addon as Addon;
    const good = windowOf(tf.backend_util.computeConv2DInfo([1, 3, 3, 2], [2, 2, 2, 4], 1, 1, "same"));
    const [x, filter, y] = [new Float32Array(18), new Float32Array(32), new Float32Array(36)];
    convolve(good, false, x, filter, null, -Infinity, Infinity, y);
    const refusals: [() => void, RegExp][] = [
      [
        () => {
          convolve(good.slice(1), false, x, filter, null, 0, 6, y);
        },
        /window must have 15/,
      ],
      [
        () => {
          convolve(good.with(9, 0), false, x, filter, null, 0, 6, y);
        },
        /too small at 9/,
      ],
      [
        () => {
          convolve(good.with(1, -3), false, x, filter, null, 0, 6, y);
        },
        /too small at 1/,
      ],
      [
        () => {
          convolve(good, true, x, filter, null, 0, 6, y);
        },
        /as many output channels/,
      ],
      [
        () => {
          convolve(good, false, x, filter, new Float32Array(3), 0, 6, y);
        },
        /bias must have 4/,
      ],
      [
        () => {
          convolve(good, false, x, filter, null, 0, 6, filter);
        },
        /y must have 36/,
      ],
      [
        () => {
          convolve(good.with(6, 2_000_000_000), false, x, filter, null, 0, 6, y);
        },
        /elements|too large/,
      ],
      [
        () => {
          convolveInputGradient(good, false, y, filter, y.subarray(0, 18));
        },
        /shares memory with dy/,
      ],
      [
        () => {
          pool(good, false, x, y);
        },
        /as many output channels/,
      ],
    ];
    for (const [call, message] of refusals) expect(call).toThrow(message);
    // Any padding is safe: what lies outside is never read.
    convolve(good.with(13, 2_000_000_000).with(14, -2_000_000_000), false, x, filter, null, 0, 6, y);
    expect(y.every((value) => value === 0)).toBe(true);
  });
});
