import { describe, expect, it } from "vitest";
import { compared, compareInTurn, comparisonLine, type Contest } from "./comparison.js";
import { selectedContests } from "./contests.js";
import type { TorchProcess } from "./torch-process.js";

const contest = (name: string, ours: Contest["ours"], unit: Contest["unit"] = "ms"): Contest => ({
  name,
  unit,
  operations: 2e6,
  script: "some.py",
  request: { name },
  ours,
});

describe("a comparison", () => {
  it("takes PyTorch's best threads, whichever way is better", () => {
    const both = [
      { threads: 1, value: 8 },
      { threads: 2, value: 4 },
    ];
    expect(compared(contest("a", undefined), both, 2, 1e9)).toMatchObject({ ratio: 2, shareOfPeak: 1 });
    expect(compared(contest("a", undefined, "examples/s"), both, 16, 1e9).ratio).toBe(2);
  });

  it("has no ratio where there is nothing of ours", () => {
    const row = compared(contest("a", undefined), [{ threads: 1, value: 8 }], undefined, 1e9);
    expect(row).toMatchObject({ ratio: undefined, shareOfPeak: undefined });
    expect(comparisonLine(row)).toContain("8.00 (1 thread)");
  });

  it("selects rows by parts of their names", () => {
    const all = ["lstm train", "gru train", "ctc"].map((name) => contest(name, undefined));
    expect(selectedContests(all, []).length).toBe(3);
    expect(selectedContests(all, ["train", "gru"]).map(({ name }) => name)).toEqual([
      "lstm train",
      "gru train",
    ]);
  });

  it("lets nobody work while another is measured, and stops what it started", async () => {
    let busy = 0;
    const log: string[] = [];
    const work = async (name: string): Promise<void> => {
      expect(++busy).toBe(1);
      log.push(name);
      await new Promise((resolve) => setTimeout(resolve, 2));
      busy--;
    };
    const started: string[] = [];
    let stopped = 0;
    const start = (script: string, threads: number): TorchProcess => {
      started.push(`${script} ${threads}`);
      return {
        ask: async ({ name }: { name: string }) => {
          await work(`${name} ${threads}`);
          return { milliseconds: threads };
        },
        stop: () => Promise.resolve(stopped++),
      } as unknown as TorchProcess;
    };
    const ours = (name: string) => async () => {
      await work(`${name} ours`);
      return 0.5;
    };
    const rows = await compareInTurn([contest("a", ours("a")), contest("b", ours("b"))], 1e9, start);
    expect(log).toEqual(["a 1", "a 2", "a ours", "b 1", "b 2", "b ours"]);
    expect(started).toEqual(["some.py 1", "some.py 2"]);
    expect(stopped).toBe(2);
    expect(rows.map(({ ratio }) => ratio)).toEqual([2, 2]);
  });
});
