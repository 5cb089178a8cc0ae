import { resolve } from "node:path";
import { type FileStore } from "@timestep/training";
import { type z } from "zod";
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

async function readSettings<Settings>(
  schema: z.ZodType<Settings>,
  run: FileStore,
  task: string,
  path: string,
): Promise<Settings> {
  const { readConfig } = await import("@timestep/training");
  return resolveSettings(schema, { name: `${path}/config.json`, value: await readConfig(run, task) });
}
