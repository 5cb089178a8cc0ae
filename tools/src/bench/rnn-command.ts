import { startEngine } from "@timestep/engine";
import { type Limit, limitOf, MeasuredLimits } from "./roofline.js";
import { type RnnTiming, timeRnn } from "./rnn.js";
import {
  benchCells,
  benchModes,
  parseShape,
  standardWorkloads,
  type Workload,
  workloadName,
} from "./workload.js";

/** What `npm run bench -- rnn` takes. */
export interface RnnOptions {
  readonly cells: readonly string[];
  readonly modes: readonly string[];
  readonly shapes: readonly string[];
  readonly engine: string | undefined;
  readonly json: boolean;
}

/** A timing beside what bounds it; the bound is known where the native addon is. */
export interface BoundedTiming extends RnnTiming {
  readonly limit: Limit | undefined;
  readonly shareOfPeak: number | undefined;
}

/** `npm run bench -- rnn`: times recurrent layers. */
export async function benchRnn(options: RnnOptions): Promise<number> {
  const workloads = chosenWorkloads(options);
  const engine = await startEngine({ engine: options.engine });
  const limits = measureIfBuilt(engine.threads);
  if (!options.json && limits !== undefined) {
    console.log(
      `peak ${(limits.operations / 1e9).toFixed(0)} GFLOP/s on ${engine.threads} threads, ${(limits.operationsOfOneThread / 1e9).toFixed(0)} on one; memory ${(limits.memory / 1e9).toFixed(1)} GB/s`,
    );
  }
  const timings: BoundedTiming[] = [];
  for (const workload of workloads) {
    const timing = await timeRnn(workload, engine);
    const bounded: BoundedTiming = {
      ...timing,
      limit: limits === undefined ? undefined : limitOf(workload, limits),
      shareOfPeak: limits === undefined ? undefined : (timing.gflops * 1e9) / limits.operations,
    };
    timings.push(bounded);
    if (!options.json) console.log(line(bounded));
  }
  if (options.json) console.log(JSON.stringify(timings));
  return 0;
}

/**
 * The standard workloads, or with shapes these for every cell and mode; fewer when cells or modes are named.
 *
 * @throws {RangeError} when a name or a shape is none, or no workload is left.
 */
export function chosenWorkloads({
  cells,
  modes,
  shapes,
}: Pick<RnnOptions, "cells" | "modes" | "shapes">): Workload[] {
  const wantedCells =
    cells.length === 0 ? benchCells : cells.map((name) => oneOf("--cell", name, benchCells));
  const wantedModes =
    modes.length === 0 ? benchModes : modes.map((name) => oneOf("--mode", name, benchModes));
  const all =
    shapes.length === 0
      ? standardWorkloads
      : shapes
          .map(parseShape)
          .flatMap((sizes) =>
            wantedCells.flatMap((cell) => wantedModes.map((mode): Workload => ({ cell, mode, ...sizes }))),
          );
  const chosen = all.filter(({ cell, mode }) => wantedCells.includes(cell) && wantedModes.includes(mode));
  if (chosen.length > 0) return chosen;
  throw new RangeError(
    `no standard workload is ${cells.join(" or ")} ${modes.join(" or ")}; name sizes with --shape`,
  );
}

function oneOf<T extends string>(flag: string, name: string, known: readonly T[]): T {
  const found = known.find((one) => one === name);
  if (found === undefined) throw new RangeError(`${flag} takes one of ${known.join(", ")}; got "${name}"`);
  return found;
}

function measureIfBuilt(threads: number): MeasuredLimits | undefined {
  try {
    return new MeasuredLimits(threads);
  } catch (error) {
    console.error(
      `bench: no limits to compare with: ${error instanceof Error ? error.message : String(error)}`,
    );
    return undefined;
  }
}

function line(timing: BoundedTiming): string {
  const { engine, milliseconds, gflops, limit, shareOfPeak } = timing;
  const bound =
    limit === undefined || shareOfPeak === undefined
      ? ""
      : `${(100 * shareOfPeak).toFixed(0).padStart(4)} % of peak; limit ${limit.milliseconds.toFixed(2)} ms by ${limit.by}`;
  return `${workloadName(timing).padEnd(34)} ${engine.padEnd(7)} ${milliseconds.toFixed(3).padStart(10)} ms ${gflops.toFixed(1).padStart(7)} GFLOP/s ${bound}`.trimEnd();
}
