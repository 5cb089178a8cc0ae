import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-core/dist/register_all_gradients.js";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadAddon } from "../addon.js";
import { registerNative } from "./backend.js";
import { NativeBackend } from "./native-backend.js";
import { instructions, runProgram } from "./random-program.fixture.js";
import { RecycledMemory } from "./recycled-memory.js";

const built = ((): boolean => {
  try {
    loadAddon();
    return true;
  } catch (failure) {
    console.warn(`tests of the native backend's memory are skipped: ${String(failure)}`);
    return false;
  }
})();

/** Recycles tensors of any size, and makes every number that is read too early or too late a NaN. */
class SpoiledMemory extends RecycledMemory {
  constructor() {
    super(() => 0, { smallestBytes: 1 });
  }

  override take(count: number): Float32Array {
    return super.take(count).fill(NaN);
  }

  override release(values: unknown, holder: object): void {
    if (values instanceof Float32Array && this.owns(values)) values.fill(NaN);
    super.release(values, holder);
  }
}

function ours(): NativeBackend {
  return tf.backend() as NativeBackend;
}

/** A result of one of our kernels, so in recycled memory. */
function result(...values: number[]): Tensor {
  return tf.tidy(() => tf.neg(tf.neg(tf.tensor1d(values))));
}

function bufferOf(tensor: Tensor): ArrayBufferLike {
  return (ours().peek(tensor.dataId) as Float32Array).buffer;
}

describe.skipIf(!built)("the native backend's memory", () => {
  beforeAll(async () => {
    tf.enableProdMode();
    registerNative({ threads: 2 });
    tf.registerBackend("spoiled", () => new NativeBackend(new SpoiledMemory()));
    for (const kernel of tf.getKernelsForBackend("native")) {
      tf.registerKernel({ ...kernel, backendName: "spoiled" });
    }
    await tf.setBackend("spoiled");
  });
  afterAll(() => {
    tf.removeBackend("spoiled");
  });

  it("serves a result again once its last reference is gone", () => {
    const first = result(1, 2, 3);
    const buffer = bufferOf(first);
    const shared = tf.reshape(first, [3, 1]); // a second tensor of the same data
    first.dispose();
    expect(bufferOf(shared)).toBe(buffer);
    expect([...shared.dataSync()]).toEqual([1, 2, 3]);
    shared.dispose();
    expect(ours().recycled.keptBytes).toBeGreaterThan(0);
    const next = tf.square(tf.tensor1d([1, 2, 3]));
    expect(bufferOf(next)).toBe(buffer);
    next.dispose();
  });

  it("aligns results to cache lines", async () => {
    await tf.setBackend("native");
    const { misalignment } = loadAddon();
    for (const count of [300, 1000, 100_000]) {
      const tensor = tf.neg(tf.ones([count]));
      const { buffer, byteOffset } = ours().peek(tensor.dataId) as Float32Array<ArrayBuffer>;
      expect((misalignment(buffer) + byteOffset) % 64).toBe(0);
      tensor.dispose();
    }
    expect(() => misalignment(new Float32Array(4) as unknown as ArrayBuffer)).toThrow(/ArrayBuffer/);
    await tf.setBackend("spoiled");
  });

  it("gives copies to readers", async () => {
    const tensor = result(1, 2, 3);
    const [read, awaited, buffered] = [tensor.dataSync(), await tensor.data(), tensor.bufferSync().values];
    read[0] = 7;
    expect([...tensor.dataSync()]).toEqual([1, 2, 3]);
    expect(read.buffer.byteLength).toBe(12);
    tensor.dispose();
    expect([...read]).toEqual([7, 2, 3]);
    expect([...awaited]).toEqual([1, 2, 3]);
    expect([...buffered]).toEqual([1, 2, 3]);
  });

  it("leaves memory to whoever took it from the storage", () => {
    const tensor = result(1, 2, 3);
    const { values } = ours().data.get(tensor.dataId);
    tensor.dispose();
    expect([...(values as Float32Array)]).toEqual([1, 2, 3]);
  });

  it("never serves what came from outside", () => {
    const mine = Float32Array.of(1, 2, 3);
    tf.tensor1d(mine).dispose();
    tf.tensor1d(new Float32Array(mine.buffer, 4, 2)).dispose();
    expect([...mine]).toEqual([1, 2, 3]);
  });

  it("keeps what other tensors were made of", () => {
    const tensor = result(3, 4);
    const complex = tf.complex(tensor, tensor);
    tensor.dispose();
    const parts = [tf.real(complex), tf.imag(complex)];
    const copy = tf.clone(complex);
    complex.dispose();
    expect(parts.map((part) => [...part.dataSync()])).toEqual([
      [3, 4],
      [3, 4],
    ]);
    expect([...copy.dataSync()]).toEqual([3, 3, 4, 4]);
    tf.dispose([parts, copy]);
  });

  it("moves tensors to another backend and back", async () => {
    const tensor = result(1, 2, 3);
    const bytes = ours().recycled.keptBytes;
    await tf.setBackend("cpu");
    const there = tf.add(tensor, 1);
    await tf.setBackend("spoiled");
    expect(ours().recycled.keptBytes).toBeGreaterThan(bytes); // what it had here is free
    expect([...tf.add(tensor, there).dataSync()]).toEqual([3, 5, 7]);
    tf.dispose([tensor, there]);
  });

  it("counts tensors and data as TF.js expects", () => {
    const { numTensors, numDataBuffers } = tf.memory();
    const ids = ours().numDataIds();
    const tensors = [result(1, 2), tf.tensor(["a", "b"]), tf.tidy(() => tf.complex([1], [2]))];
    expect(tf.memory().numTensors).toBe(numTensors + 3);
    expect(ours().numDataIds()).toBe(ids + 5); // a complex tensor has three
    expect([...(tensors[1] as Tensor).dataSync<"string">()]).toEqual(["a", "b"]);
    tf.dispose(tensors);
    expect(tf.memory()).toMatchObject({ numTensors, numDataBuffers });
    expect(ours().numDataIds()).toBe(ids);
    expect(ours().refCount({})).toBe(0);
    expect(ours().disposeData({})).toBe(true);
  });

  it("survives a reset of the engine and its own removal", async () => {
    await tf.setBackend("native");
    const before = ours();
    result(...Array<number>(600).fill(1)).dispose();
    expect(before.recycled.keptBytes).toBeGreaterThan(0);
    tf.engine().reset();
    expect(before.recycled.keptBytes).toBe(0);
    await tf.setBackend("native");
    expect(ours()).not.toBe(before);
    tf.removeBackend("native");
    registerNative({ threads: 2 });
    await tf.setBackend("native");
    expect([...result(1, 2).dataSync()]).toEqual([1, 2]);
    await tf.setBackend("spoiled");
  });

  // One instruction: what it does, which of the tensors at hand it works on, which of them it disposes of.
  const instruction = fc.record({
    what: fc.nat({ max: instructions.length - 1 }),
    left: fc.nat({ max: 20 }),
    right: fc.nat({ max: 20 }),
    dispose: fc.option(fc.nat({ max: 20 }), { freq: 2 }),
    read: fc.boolean(),
  });

  it("lets a random program compute what it computes on cpu", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(instruction, { minLength: 1, maxLength: 40 }), async (program) => {
        const runs: number[][][] = [];
        for (const backend of ["cpu", "spoiled"]) {
          await tf.setBackend(backend);
          const { numTensors } = tf.memory();
          runs.push(runProgram(program));
          expect(tf.memory().numTensors).toBe(numTensors);
        }
        const [cpu, recycled] = runs as [number[][], number[][]];
        recycled.forEach((values, index) => {
          const wanted = cpu[index] as number[];
          expect(values).toHaveLength(wanted.length);
          values.forEach((value, at) => expect(value).toBeCloseTo(wanted[at] as number, 4));
        });
      }),
      { numRuns: 150 },
    );
  });
});
