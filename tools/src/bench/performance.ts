import { spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { cpus, loadavg, release, type } from "node:os";
import { join } from "node:path";
import { startEngine } from "@timestep/engine";
import { instructionSet } from "@timestep/native";
import { workspaceRoot } from "../workspace.js";
import { compareWithTfjs, tfjsLine } from "./against-tfjs.js";
import { type Comparison, compareInTurn, comparisonLine, type Contest } from "./comparison.js";
import { contests } from "./contests.js";
import { type PerformanceRecord, type RecurrentRow, renderPerformance } from "./performance-page.js";
import { limitOf, MeasuredLimits } from "./roofline.js";
import { findTorch, torchMissing, TorchProcess } from "./torch-process.js";

/** Where the record is kept, and the page that is made of it. */
export const performanceFiles = {
  record: join(workspaceRoot, "docs/performance.json"),
  page: join(workspaceRoot, "docs/performance.md"),
};

/**
 * `npm run bench -- performance`: everything that docs/performance.md tells, measured in turn in a few minutes. Wants a
 * machine that does nothing else. With `update` the page is written, otherwise printed.
 */
export async function benchPerformance({ update }: { readonly update: boolean }): Promise<number> {
  const record = await measure();
  const page = renderPerformance(record);
  if (update) {
    await writeFile(performanceFiles.record, `${JSON.stringify(record, undefined, 2)}\n`);
    await writeFile(performanceFiles.page, page);
  } else {
    console.log(page);
  }
  return 0;
}

async function measure(): Promise<PerformanceRecord> {
  const [load = 0] = loadavg();
  if (load > 0.5) {
    console.error(
      `bench: the load is ${load.toFixed(2)}: others use this machine, and every time will be too long.`,
    );
  }
  const torch = findTorch();
  if (torch === undefined) console.error(torchMissing);
  const engine = await startEngine({ engine: "native" });
  const limits = new MeasuredLimits(engine.threads);
  const all = await contests(engine, { seconds: 0.7, slotSteps: 100, translationSteps: 15 });
  const start =
    torch === undefined
      ? undefined
      : (script: string, threads: number) => new TorchProcess(torch, script, threads);
  const rows = await compareInTurn(all, limits.operations, start, (row) => {
    console.error(comparisonLine(row));
  });
  const tfjs = await compareWithTfjs(undefined, "native", (text) => {
    console.error(text);
  });
  for (const row of tfjs) console.error(tfjsLine(row));
  return {
    machine: {
      processor: cpus()[0]?.model.trim() ?? "unknown",
      cores: cpus().length,
      threads: engine.threads,
      instructionSet: instructionSet(),
      system: `${type()} ${release().split("-")[0] ?? ""}`.trim(),
      node: process.version,
      ...(torch === undefined ? {} : { pytorch: torch.version }),
      commit: commit(),
      load,
    },
    limits: {
      operationsOfOneThread: limits.operationsOfOneThread,
      operations: limits.operations,
      memory: limits.memory,
    },
    recurrent: rows.flatMap((row, index) => recurrentRow(all[index] as Contest, row, limits)),
    others: rows.filter((_, index) => all[index]?.workload === undefined),
    tfjs,
  };
}

function recurrentRow({ workload }: Contest, row: Comparison, limits: MeasuredLimits): RecurrentRow[] {
  return workload === undefined ? [] : [{ ...row, workload, limit: limitOf(workload, limits) }];
}

/** The commit that is measured, with a plus where files differ from it. */
function commit(): string {
  const git = (...args: string[]): string =>
    spawnSync("git", args, { cwd: workspaceRoot, encoding: "utf8" }).stdout.trim();
  return git("rev-parse", "--short", "HEAD") + (git("status", "--porcelain", "-uno") === "" ? "" : "+");
}
