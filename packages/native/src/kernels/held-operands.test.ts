import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import type { Addon } from "../addon.js";
import { addon, drawn } from "../backend/backend-cases.fixture.js";
import { registerNative } from "../backend/backend.js";
import { HeldOperands } from "../backend/held-operands.js";
import type { NativeBackend } from "../backend/native-backend.js";
import { RecycledMemory } from "../backend/recycled-memory.js";

function tell(kernel: "TimestepHold" | "TimestepRelease", ...tensors: Tensor[]): void {
  tf.engine().runKernel(kernel, Object.fromEntries(tensors.map((tensor, at) => [`x${at}`, tensor])));
}

function keptBytes(): number {
  return (tf.backend() as NativeBackend).operands.bytes;
}

/** What `run` gives, before and while `operand` is held; what is kept meanwhile is more than nothing and goes. */
function bothWays(operand: Tensor, run: () => Tensor): void {
  const plain = run().dataSync();
  expect(keptBytes()).toBe(0);
  tell("TimestepHold", operand);
  const [first, second] = [run().dataSync(), run().dataSync()];
  const kept = keptBytes();
  expect(kept).toBeGreaterThanOrEqual(operand.size * 4);
  expect(first).toEqual(plain);
  expect(second).toEqual(plain);
  tell("TimestepRelease", operand);
  expect(keptBytes()).toBe(0);
}

describe.skipIf(addon === undefined)("operands that are held", () => {
  beforeAll(async () => {
    tf.enableProdMode();
    registerNative({ threads: 2 });
    await tf.setBackend("native");
  });

  it.each([5, 7, 40, 300])("products of %i rows are the same to the bit", (rows) => {
    tf.tidy(() => {
      const weights = drawn(2, [65, 130]);
      bothWays(weights, () => tf.matMul(drawn(1, [rows, 65]), weights));
      bothWays(weights, () => tf.matMul(drawn(1, [65, rows]), weights, true));
      bothWays(weights, () => tf.matMul(drawn(1, [rows, 130]), weights, false, true));
      bothWays(weights, () => tf.matMul(drawn(3, [2, rows, 65]), weights));
    });
  });

  it.each([
    [[2, 9, 8, 5], [1, 1, 5, 70], 1],
    [[1, 20, 34, 3], [3, 3, 3, 50], 2],
    [[2, 6, 5, 4], [2, 3, 4, 9], 1],
  ] as const)("convolutions of %j by %j are the same to the bit", (shape, filterShape, strides) => {
    tf.tidy(() => {
      const filter = drawn(2, [...filterShape]) as Tensor4D;
      bothWays(filter, () =>
        tf.fused.conv2d({
          x: drawn(1, [...shape]) as Tensor4D,
          filter,
          bias: drawn(3, [filterShape[3]]),
          strides,
          pad: "same",
          activation: "relu6",
        }),
      );
    });
  });

  it("a few rows read the operand where it lies", () => {
    tf.tidy(() => {
      const weights = drawn(2, [65, 130]);
      tell("TimestepHold", weights);
      tf.matMul(drawn(1, [4, 65]), weights);
      expect(keptBytes()).toBe(0);
    });
  });

  it("a tensor may be held twice, and takes its copies with it", () => {
    const weights = drawn(1, [20, 30]);
    tell("TimestepHold", weights);
    tell("TimestepHold", weights);
    tf.matMul(drawn(2, [6, 20]), weights).dispose();
    tell("TimestepRelease", weights);
    expect(keptBytes()).toBeGreaterThan(0);
    const again = weights.clone();
    weights.dispose();
    expect(keptBytes()).toBeGreaterThan(0);
    again.dispose();
    expect(keptBytes()).toBe(0);
  });

  it("gives the memory of a copy to the next result", () => {
    const { recycled } = tf.backend() as NativeBackend;
    const weights = drawn(1, [200, 300]);
    const input = drawn(2, [6, 200]);
    const round = (): void => {
      tell("TimestepHold", weights);
      tf.matMul(input, weights).dispose();
      tell("TimestepRelease", weights);
    };
    round();
    const { allocatedBytes } = recycled;
    round();
    expect(recycled.allocatedBytes).toBe(allocatedBytes);
    tf.dispose([weights, input]);
  });

  it("tf.memory tells how much is kept", () => {
    const weights = drawn(1, [16, 48]);
    tell("TimestepHold", weights);
    tf.matMul(drawn(2, [6, 16]), weights).dispose();
    expect(tf.memory()).toMatchObject({ heldOperandBytes: keptBytes() });
    weights.dispose();
    expect(tf.memory()).toMatchObject({ heldOperandBytes: 0 });
  });

  it("keeps no more than it may", () => {
    const packing = {
      packedSize: (k: number, n: number) => k * n,
      pack: (b: Float32Array, _k: number, _n: number, _t: boolean, to: Float32Array) => {
        to.set(b);
      },
    };
    const operands = new HeldOperands(new RecycledMemory(() => 0), 1000);
    const [first, second] = [{}, {}];
    const copy = (id: object, n: number): Float32Array | undefined =>
      operands.packed(packing, id, { k: 1, n, transposed: false }, () => new Float32Array(n).fill(n));
    expect(copy(first, 100)).toBeUndefined();
    operands.hold(first);
    operands.hold(second);
    expect(copy(first, 150)).toEqual(new Float32Array(150).fill(150));
    expect(copy(second, 150)).toBeUndefined();
    expect(copy(second, 100)).toHaveLength(100);
    expect(operands.bytes).toBe(1000);
    operands.forget(first);
    expect(copy(second, 150)).toHaveLength(150);
    operands.release(first);
    operands.clear();
    expect(operands.bytes).toBe(0);
  });

  it("refuses arguments that do not fit", () => {
    const { packedSize, pack, multiplyPacked, convolvePacked } = addon as Addon;
    const size = packedSize(3, 5);
    const [b, packed] = [new Float32Array(15), new Float32Array(size)];
    pack(b, 3, 5, false, packed);
    const window = Int32Array.of(1, 2, 2, 3, 2, 2, 5, 1, 1, 1, 1, 1, 1, 0, 0);
    const [x, y] = [new Float32Array(12), new Float32Array(20)];
    convolvePacked(window, x, packed, null, 0, 6, y);
    const calls: [() => unknown, RegExp][] = [
      [() => packedSize(-1, 5), /k must be a whole number/],
      [() => packedSize(2 ** 31 - 1, 2 ** 31 - 1), /too large/],
      [() => pack(b, 3, 4, false, packed), /b must have 12/],
      [() => pack(b, 3, 5, false, new Float32Array(size - 1)), /packed must have/],
      [() => pack(packed.subarray(0, 15), 3, 5, false, packed), /shares memory/],
      [
        () => multiplyPacked(new Float32Array(6), b, new Float32Array(10), 2, 5, 3, false),
        /packed must have/,
      ],
      [
        () => multiplyPacked(new Float32Array(6), packed, new Float32Array(9), 2, 5, 3, false),
        /c must have 10/,
      ],
      [() => convolvePacked(window, x, b, null, 0, 6, y), /filter must have/],
      [() => convolvePacked(window, x, packed, new Float32Array(4), 0, 6, y), /bias must have 5/],
      [() => convolvePacked(window, x, packed, null, 0, 6, x), /y must have 20/],
    ];
    for (const [call, message] of calls) expect(call).toThrow(message);
  });
});
