import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { performanceFiles } from "./performance.js";
import { type PerformanceRecord, renderPerformance } from "./performance-page.js";
import { standardWorkloads, workloadName } from "./workload.js";

const workload = { cell: "lstm", mode: "infer", bidirectional: false, T: 10, B: 10, I: 10, H: 10 } as const;

const record: PerformanceRecord = {
  machine: {
    processor: "Some Processor",
    cores: 4,
    threads: 2,
    instructionSet: "avx2",
    system: "Linux 1.2",
    node: "v20.0.0",
    commit: "abc1234",
    load: 0.1,
  },
  limits: { operationsOfOneThread: 50e9, operations: 100e9, memory: 20e9 },
  recurrent: [
    {
      name: workloadName(workload),
      unit: "ms",
      pytorch: [
        { threads: 1, value: 6 },
        { threads: 2, value: 5 },
      ],
      ours: 2,
      ratio: 2.5,
      shareOfPeak: 0.1,
      workload,
      limit: { milliseconds: 0.5, by: "bytes" },
    },
  ],
  others: [
    { name: "ctc", unit: "ms", pytorch: [], ours: undefined, ratio: undefined, shareOfPeak: undefined },
  ],
  tfjs: [{ workload, stock: { wasm: 400 }, ours: { engine: "native", milliseconds: 2 } }],
};

/** Cells of the row that starts so. */
function cells(page: string, start: string): string[] {
  const line = page.split("\n").find((one) => one.startsWith(`| ${start}`)) ?? "";
  return line
    .split("|")
    .slice(1, -1)
    .map((cell) => cell.trim());
}

describe("docs/performance.md", () => {
  it("shows times, speed, limit and ratio of a record", () => {
    const page = renderPerformance(record);
    // 2·10·10·4·10·20 operations in 2 ms.
    const name = "lstm infer T10 B10 I10 H10";
    expect(cells(page, name)).toEqual([name, "2.00", "0.1", "bytes", "0.500", "25 %", "5.00 (2)", "2.5×"]);
    expect(cells(page, "micro-kernel, threads used")).toEqual([
      "micro-kernel, threads used",
      "100.0 GFLOP/s",
    ]);
    expect(cells(page, "ctc")).toEqual(["ctc", "ms", "", "", ""]);
    expect(cells(page.slice(page.indexOf("## TensorFlow.js")), name)).toEqual([
      name,
      "2.00",
      "400",
      "200×",
      "",
      "",
    ]);
  });

  it.skipIf(!existsSync(performanceFiles.record))("is what its record says", async () => {
    const kept = JSON.parse(await readFile(performanceFiles.record, "utf8")) as PerformanceRecord;
    expect(await readFile(performanceFiles.page, "utf8")).toBe(renderPerformance(kept));
    expect(kept.recurrent.map(({ name }) => name)).toEqual(standardWorkloads.map(workloadName));
  });
});
