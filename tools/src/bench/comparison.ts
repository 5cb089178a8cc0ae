import type { Torch, TorchProcess } from "./torch-process.js";
import type { Workload } from "./workload.js";

/** One row: the same work in PyTorch and here. */
export interface Comparison {
  readonly name: string;
  /** `ms`: a step in milliseconds, less is better; `examples/s` and `tokens/s`: more is better. */
  readonly unit: "ms" | "examples/s" | "tokens/s";
  /** PyTorch's, by number of threads. */
  readonly pytorch: readonly { readonly threads: number; readonly value: number }[];
  /** Ours, on all threads of the engine; undefined where there is nothing of ours yet. */
  readonly ours: number | undefined;
  /** How many times faster than PyTorch's best. */
  readonly ratio: number | undefined;
  /** Operations a second as a share of the machine's peak, where they are counted. */
  readonly shareOfPeak: number | undefined;
}

/** Numbers of threads that PyTorch is tried with: its best is often one. */
export const torchThreads = [1, 2] as const;

/** What can be compared: a name to select it by, and how each side is measured. */
export interface Contest {
  readonly name: string;
  readonly unit: Comparison["unit"];
  readonly operations?: number;
  /** What is run, where it is a recurrent layer alone. */
  readonly workload?: Workload;
  /** The script of tools/bench that measures PyTorch, and what it is asked. */
  readonly script: string;
  readonly request: object;
  readonly ours: (() => Promise<number>) | undefined;
}

/** What a script measured: one of these. */
interface TorchAnswer {
  readonly milliseconds?: number;
  readonly examplesPerSecond?: number;
  readonly tokensPerSecond?: number;
}

/** Starts a script of tools/bench with so many threads. */
export type StartTorch = (script: string, threads: number) => TorchProcess;

/** The best of PyTorch's threads. */
export function bestOf({
  pytorch,
  unit,
}: Pick<Comparison, "pytorch" | "unit">): Comparison["pytorch"][number] | undefined {
  const sorted = [...pytorch].sort((a, b) => (unit === "ms" ? a.value - b.value : b.value - a.value));
  return sorted[0];
}

/** Puts measurements together. `peak` in operations a second. */
export function compared(
  { name, unit, operations }: Pick<Contest, "name" | "unit" | "operations">,
  pytorch: Comparison["pytorch"],
  ours: number | undefined,
  peak: number,
): Comparison {
  const best = bestOf({ pytorch, unit })?.value;
  return {
    name,
    unit,
    pytorch,
    ours,
    ratio: ours === undefined || best === undefined ? undefined : unit === "ms" ? best / ours : ours / best,
    shareOfPeak:
      ours === undefined || operations === undefined ? undefined : operations / (ours / 1000) / peak,
  };
}

/**
 * Measures contests, PyTorch and ours in turn: while one works the other waits.
 *
 * @param start without it only ours is measured.
 */
export async function compareInTurn(
  contests: readonly Contest[],
  peak: number,
  start: StartTorch | undefined,
  onRow: (row: Comparison) => void = () => undefined,
): Promise<Comparison[]> {
  const running = new Map<string, TorchProcess>();
  const rows: Comparison[] = [];
  try {
    for (const contest of contests) {
      const pytorch: { threads: number; value: number }[] = [];
      for (const threads of torchThreads) {
        if (start === undefined) break;
        const key = `${contest.script} ${threads}`;
        const python = running.get(key) ?? start(contest.script, threads);
        running.set(key, python);
        const answer = await python.ask<TorchAnswer>(contest.request);
        const value = answer.milliseconds ?? answer.examplesPerSecond ?? answer.tokensPerSecond;
        pytorch.push({ threads, value: value ?? Number.NaN });
      }
      const row = compared(contest, pytorch, await contest.ours?.(), peak);
      rows.push(row);
      onRow(row);
    }
  } finally {
    await Promise.all([...running.values()].map((python) => python.stop()));
  }
  return rows;
}

/** A table of comparisons for people. */
export function comparisonTable(rows: readonly Comparison[], torch: Torch): string {
  return [
    `PyTorch ${torch.version}, its best of ${torchThreads.join(" and ")} threads, and Timestep's engine native`,
    ...rows.map(comparisonLine),
  ].join("\n");
}

/** One row for people. */
export function comparisonLine(row: Comparison): string {
  const best = bestOf(row);
  const theirs =
    best === undefined ? "-" : `${figure(best.value)} (${best.threads} thread${best.threads > 1 ? "s" : ""})`;
  const ratio = row.ratio === undefined ? "-" : `${row.ratio.toFixed(2)}×`;
  const share = row.shareOfPeak === undefined ? "" : `${(100 * row.shareOfPeak).toFixed(0)} % of peak`;
  const ours = row.ours === undefined ? "-" : figure(row.ours);
  return `${row.name.padEnd(34)} PyTorch ${theirs.padEnd(17)} ours ${ours.padStart(6)} ${row.unit.padEnd(10)} ${ratio.padStart(8)}  ${share}`.trimEnd();
}

/** Three digits that count, or whole numbers. */
export function figure(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
