import { seeded } from "@timestep/base";
import { expectClose } from "@timestep/testing";
import { gather, type Tensor, tensor, tensor1d, tensor2d, unsortedSegmentSum } from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { startEngine } from "../engine.js";
import { type Copy, drawn, onBoth, valueAndGradients } from "./both-engines.fixture.js";

async function sums(
  x: () => Tensor,
  ids: readonly number[],
  segments: number,
): Promise<{ cpu: Copy[]; wasm: Copy[] }> {
  return onBoth(() => {
    const segmentIds = tensor1d([...ids], "int32");
    return valueAndGradients(
      ((values: Tensor) => unsortedSegmentSum(values, segmentIds, segments)) as (...xs: Tensor[]) => Tensor,
      [x()],
    );
  });
}

describe("UnsortedSegmentSum", () => {
  it("adds up what shares an id and drops ids outside", async () => {
    await startEngine({ engine: "wasm" });
    const x = tensor2d([
      [1, 10],
      [2, 20],
      [4, 40],
      [8, 80],
      [16, 160],
    ]);
    // Rows 0 and 3 go to segment 2, row 1 to segment 0; -1 and 3 are no segments of three.
    const found = unsortedSegmentSum(x, tensor1d([2, 0, -1, 2, 3], "int32"), 3);
    expect(found.arraySync()).toEqual([
      [2, 20],
      [0, 0],
      [9, 90],
    ]);
  });

  it.each<[string, number[], number]>([
    ["vectors", [9], 5],
    ["rows", [9, 3], 5],
    ["blocks", [9, 2, 3], 5],
    ["one segment", [9, 2], 1],
    ["more segments than rows", [9, 2], 20],
  ])("has the value and gradient of cpu: %s", async (_, shape, segments) => {
    const random = seeded(3);
    const ids = Array.from({ length: 9 }, () => random.integer(segments));
    const { cpu, wasm } = await sums(() => drawn(4, shape), ids, segments);
    wasm.forEach((found, n) => {
      expectClose(found, cpu[n] as Copy, 1e-6);
    });
  });

  it("adds whole numbers exactly", async () => {
    await startEngine({ engine: "wasm" });
    const found = unsortedSegmentSum(tensor([2 ** 24, 1, 5], [3], "int32"), tensor1d([0, 0, 1], "int32"), 2);
    expect(found.dtype).toBe("int32");
    expect(Array.from(found.dataSync())).toEqual([16777217, 5]);
  });

  it("is the gradient of a lookup, repeated ids added", async () => {
    const { cpu, wasm } = await onBoth(() => {
      const ids = tensor1d([1, 1, 3, 0, 1], "int32");
      return valueAndGradients(((table: Tensor) => gather(table, ids)) as (...xs: Tensor[]) => Tensor, [
        drawn(5, [4, 3]),
      ]);
    });
    wasm.forEach((found, n) => {
      expectClose(found, cpu[n] as Copy, 1e-6);
    });
    // Nothing looked up row 2, so it has no gradient.
    expect(Array.from((wasm[1] as Copy).data).slice(6, 9)).toEqual([0, 0, 0]);
  });

  it("does not carry over what lay in the heap before", async () => {
    await startEngine({ engine: "wasm" });
    const used = tensor1d(new Array<number>(64).fill(7));
    used.dispose();
    const found = unsortedSegmentSum(tensor1d([1]), tensor1d([0], "int32"), 64);
    expect(Array.from(found.dataSync())).toEqual([1, ...new Array<number>(63).fill(0)]);
  });
});
