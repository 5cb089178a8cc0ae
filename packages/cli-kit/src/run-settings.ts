import { resolve } from "node:path";
import { type FileStore } from "@timestep/training";
import { type z } from "zod";
import { usageError } from "./failure.js";
import { type ProgramIo } from "./io.js";
import { type CommonSettings, type TaskProgram } from "./program.js";
import { resolveSettings } from "./settings/resolve.js";

/** A run that exists, with the settings it was made with. */
export interface OpenRun<Settings> {
  readonly run: FileStore;
  readonly settings: Settings;
}

/**
 * Opens a run folder and checks that it is one of this task.
 *
 * @throws {ConfigError} RUN_NOT_FOUND, RUN_FOREIGN, RUN_TASK or RUN_FORMAT_VERSION; CONFIG_* when its config does not
 *   fit the settings of this version.
 */
export async function openRun<Settings extends CommonSettings>(
  program: TaskProgram<Settings>,
  io: ProgramIo,
  path: string,
): Promise<OpenRun<Settings>> {
  const { RunFolder } = await import("@timestep/training/node");
  const run = await RunFolder.open(resolve(io.cwd, path));
  return { run, settings: await readSettings(program.settings, run, program.task, path) };
}

/**
 * Opens the runs that `--run` names, the first one's settings with them.
 *
 * @throws {ConfigError} USAGE when there are several and the task takes one; otherwise as {@link openRun}.
 */
export async function openRuns<Settings extends CommonSettings>(
  program: TaskProgram<Settings>,
  io: ProgramIo,
  paths: readonly string[],
): Promise<OpenRun<Settings> & { readonly runs: readonly FileStore[] }> {
  const [path, ...others] = paths;
  if (path === undefined) throw usageError("--run is missing.", "Name the folder of a run.");
  if (others.length > 0 && program.ensembles !== true) {
    throw usageError(`--run is given ${paths.length} times.`, `${program.name} takes one run.`);
  }
  const first = await openRun(program, io, path);
  const runs = [first.run];
  for (const other of others) runs.push((await openRun(program, io, other)).run);
  return { ...first, runs };
}

async function readSettings<Settings>(
  schema: z.ZodType<Settings>,
  run: FileStore,
  task: string,
  path: string,
): Promise<Settings> {
  const { readConfig } = await import("@timestep/training");
  return resolveSettings(schema, { name: `${path}/config.json`, value: await readConfig(run, task) });
}
