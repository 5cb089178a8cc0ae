import { describe, expect, it } from "vitest";
import { chosenWorkloads } from "./rnn-command.js";
import { limitOf } from "./roofline.js";
import { median, medianMilliseconds } from "./timing.js";
import {
  operations,
  parseShape,
  standardWorkloads,
  type Workload,
  workloadBytes,
  workloadName,
} from "./workload.js";

const lstm: Workload = { cell: "lstm", mode: "infer", bidirectional: false, T: 2, B: 3, I: 5, H: 7 };

describe("a workload", () => {
  it("counts the multiplications and additions of its products", () => {
    // Row by row, step by step, each gate: I + H products and as many sums for each unit.
    let counted = 0;
    for (let row = 0; row < 3; row++)
      for (let step = 0; step < 2; step++)
        for (let gate = 0; gate < 4; gate++)
          for (let unit = 0; unit < 7; unit++) for (let k = 0; k < 5 + 7; k++) counted += 2;
    expect(operations(lstm)).toBe(counted);
    expect(operations({ ...lstm, cell: "gru" })).toBe((counted * 3) / 4);
    expect(operations({ ...lstm, mode: "train" })).toBe(counted * 3);
    expect(operations({ ...lstm, bidirectional: true })).toBe(counted * 2);
  });

  it("counts the bytes of its tensors", () => {
    const parameters = 5 * 28 + 7 * 28 + 28;
    expect(workloadBytes(lstm)).toEqual({
      once: 4 * (30 + parameters + 42),
      again: 4 * 7 * 28,
      weights: 4 * 7 * 28,
    });
    const train = workloadBytes({ ...lstm, mode: "train" });
    // In: input twice, output and its gradient once each, what was kept, weights twice. Out: output, what was kept,
    // gradients of input and weights.
    expect(train.once).toBe(4 * (2 * 30 + 2 * 42 + 5 * 42 + 2 * parameters + 42 + 5 * 42 + 30 + parameters));
    expect(train.again).toBe(2 * workloadBytes(lstm).again);
  });

  it("has a name of its own among the standard ones", () => {
    const names = standardWorkloads.map(workloadName);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain("bilstm train T200 B16 I128 H256");
    expect(names).toContain("lstm infer T20 B1 I128 H128");
  });

  it("takes its sizes from text", () => {
    expect(parseShape("2,3,5,7")).toEqual({ bidirectional: false, T: 2, B: 3, I: 5, H: 7 });
    expect(parseShape("2,3,5,7,bi").bidirectional).toBe(true);
    for (const wrong of ["2,3,5", "2,3,5,0", "2,3,5,x", "2,3,5,7,both", "2,3,5,7.5", ""]) {
      expect(() => parseShape(wrong)).toThrow("--shape takes T,B,I,H");
    }
  });
});

describe("the choice of workloads", () => {
  const choose = (cells: string[], modes: string[], shapes: string[]): string[] =>
    chosenWorkloads({ cells, modes, shapes }).map(workloadName);

  it("is the standard list, narrowed by cell and mode", () => {
    expect(choose([], [], [])).toEqual(standardWorkloads.map(workloadName));
    expect(choose(["gru"], ["train"], []).every((name) => /^(bi)?gru train/.test(name))).toBe(true);
  });

  it("is every cell and mode of the given shapes", () => {
    expect(choose([], [], ["2,3,5,7"])).toHaveLength(6);
    expect(choose(["elman"], ["infer"], ["2,3,5,7,bi"])).toEqual(["bielman infer T2 B3 I5 H7"]);
  });

  it("refuses names that there are not, and a choice of nothing", () => {
    expect(() => choose(["lstn"], [], [])).toThrow("--cell takes one of elman, gru, lstm");
    expect(() => choose([], ["both"], [])).toThrow("--mode takes one of train, infer");
    expect(() => choose(["elman"], [], [])).toThrow("no standard workload");
  });
});

describe("the roofline", () => {
  const limits = (operationsPerSecond: number, bytesPerSecond: number) => ({
    operations: operationsPerSecond,
    bandwidth: () => bytesPerSecond,
  });

  it("is the longer of arithmetic and bytes", () => {
    const flops = operations(lstm);
    const { once, again } = workloadBytes(lstm);
    expect(limitOf(lstm, limits(flops, 1e18))).toEqual({ milliseconds: 1000, by: "arithmetic" });
    expect(limitOf(lstm, limits(1e18, once + again))).toEqual({ milliseconds: 1000, by: "bytes" });
  });

  it("asks for bandwidth at the size of what is read", () => {
    const asked: [string, number][] = [];
    const bandwidth = (traffic: string, bytes: number): number => {
      asked.push([traffic, bytes]);
      return 1;
    };
    limitOf(lstm, { operations: 1, bandwidth });
    const { once, weights } = workloadBytes(lstm);
    expect(asked).toEqual([
      ["triad", once],
      ["read", weights],
    ]);
  });
});

describe("timing", () => {
  it("takes the middle", () => {
    expect(median([5, 1, 3])).toBe(3);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(() => median([])).toThrow(RangeError);
  });

  it("runs once before it counts and then as often as asked", async () => {
    let runs = 0;
    const run = (): Promise<void> => {
      runs++;
      return Promise.resolve();
    };
    await medianMilliseconds(run, { seconds: 1e-9, least: 4, warmUpSeconds: 0 });
    expect(runs).toBeGreaterThanOrEqual(2);
    expect(runs).toBeLessThanOrEqual(5);
  });
});
