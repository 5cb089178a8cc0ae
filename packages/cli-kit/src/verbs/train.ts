import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { ConfigError } from "@timestep/base";
import { type FileStore } from "@timestep/training";
import { openData, optional, startNamedEngine, type VerbContext } from "../context.js";
import { DeferredRun } from "../deferred-run.js";
import { exitCodes, usageError } from "../failure.js";
import { flagName, type OwnFlags } from "../flag-names.js";
import { interruptible } from "../interrupt.js";
import { progressReporter } from "../output/progress.js";
import { reportJson, reportText } from "../output/report.js";
import { type CommonSettings } from "../program.js";
import { openRun } from "../run-settings.js";
import { parseAssignment, type Assignment } from "../settings/assignments.js";
import { readConfigFile, recipeNames } from "../settings/config-file.js";
import { differingSettings } from "../settings/difference.js";
import { resolveSettings, type ConfigSource } from "../settings/resolve.js";
import { isRecord, settingTree } from "../settings/schema.js";

/** Flags of `train`. */
export interface TrainFlags {
  readonly out: string;
  readonly data?: string;
  readonly format?: string;
  readonly config?: string;
  readonly set?: readonly string[];
  readonly seed?: number;
  readonly engine?: string;
  readonly maxMinutes?: number;
  readonly resume?: boolean;
  readonly overwrite?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/**
 * Trains into a run folder and prints the evaluation of the development split.
 *
 * Settings are checked, the data found and the engine started before the folder is touched; a new folder appears when
 * the task first writes to it.
 */
export async function trainVerb<Settings extends CommonSettings>(
  context: VerbContext<Settings>,
  flags: TrainFlags,
  own: OwnFlags = {},
): Promise<number> {
  const { program, io, results, colours } = context;
  const path = resolve(io.cwd, flags.out);
  const earlier = await earlierRun(context, flags, path);
  const config = await chooseConfig(context, flags, earlier);
  let settings = resolveSettings(program.settings, config, assignments(context, flags, own));
  const { source, recorded } = await openData(io, settings.data);
  settings = { ...settings, data: recorded };
  if (earlier !== undefined) checkSameSettings(earlier.settings, settings, flags.out);
  const engine = await startNamedEngine(io, flags.engine);
  const progress = await progressReporter(io.stderr, flags.quiet === true);

  const { writeConfig } = await import("@timestep/training");
  const run = new DeferredRun(path, async () => {
    const store = earlier?.run ?? (await newFolder(path, flags));
    await writeConfig(store, program.task, settings);
    return store;
  });
  const store: FileStore = earlier === undefined ? run : resumedRun(run, earlier.run);
  const interrupt = interruptible(io, "stopping after this step; once more to stop at once");
  try {
    const report = await program.train({
      settings,
      data: source,
      run: store,
      engine,
      resume: earlier !== undefined,
      ...optional("maxMinutes", flags.maxMinutes),
      signal: interrupt.signal,
      progress,
    });
    progress.end();
    if (flags.json === true) await results.writeJson(reportJson(report));
    else await results.write(reportText(report, program.primaryMetric, colours));
  } catch (error) {
    progress.end();
    const stopped = interrupt.signal.aborted && error instanceof Error && error.name === "AbortError";
    if (!stopped) throw error;
  } finally {
    interrupt.stop();
  }
  if (interrupt.signal.aborted) {
    io.stderr.write(await describeInterrupted(store, flags.out));
    return exitCodes.interrupted;
  }
  if (flags.quiet !== true && io.stderr.isTTY === true) {
    io.stderr.write(
      `${colours.dim(`run folder: ${flags.out}; next: ${program.name} evaluate --run ${flags.out}`)}\n`,
    );
  }
  return exitCodes.done;
}

/** The run that `--resume` goes on with; undefined when a new one begins. */
async function earlierRun<Settings extends CommonSettings>(
  { program, io }: VerbContext<Settings>,
  flags: TrainFlags,
  path: string,
): Promise<{ run: FileStore; settings: Settings } | undefined> {
  if (flags.resume === true && flags.overwrite === true) {
    throw usageError(
      "--resume and --overwrite contradict each other.",
      "Keep the run with the one, or replace it with the other.",
    );
  }
  const held = await readdir(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return [];
    if (cause.code === "ENOTDIR") {
      throw new ConfigError("RUN_NOT_A_FOLDER", `--out ${flags.out} is a file; a run is a folder.`, {
        hint: "Name another path.",
      });
    }
    throw cause;
  });
  if (held.length === 0) return undefined; // a run killed before its first write resumes from its beginning
  if (flags.resume === true) return openRun(program, io, flags.out);
  if (flags.overwrite !== true) {
    throw new ConfigError("RUN_EXISTS", `--out ${flags.out} exists and is not empty.`, {
      hint: "Name a new folder, go on with --resume, or replace the run in it with --overwrite.",
    });
  }
  const { RunFolder } = await import("@timestep/training/node");
  await RunFolder.open(path); // refuses what is not a run, long before anything is removed
  return undefined;
}

async function newFolder(path: string, flags: TrainFlags): Promise<FileStore> {
  const { RunFolder } = await import("@timestep/training/node");
  return RunFolder.create(path, { overwrite: flags.overwrite === true });
}

async function chooseConfig<Settings extends CommonSettings>(
  { program, io }: VerbContext<Settings>,
  flags: TrainFlags,
  earlier: { readonly settings: Settings } | undefined,
): Promise<ConfigSource> {
  if (flags.config !== undefined) {
    const config = await readConfigFile(flags.config, program.recipes, io.cwd);
    const named = isRecord(config.value) && Object.hasOwn(config.value, "data");
    if (!named && flags.data === undefined && !setsData(flags))
      await throwNoData(program, `${config.name} names none`);
    return config;
  }
  if (earlier !== undefined) return { name: `${flags.out}/config.json`, value: earlier.settings };
  if (flags.data === undefined && !setsData(flags))
    await throwNoData(program, "neither --data nor --config is given");
  return { name: "settings", value: {} };
}

function setsData(flags: TrainFlags): boolean {
  return flags.set?.some((text) => text.startsWith("data=")) ?? false;
}

async function throwNoData(program: { readonly recipes: URL }, why: string): Promise<never> {
  const names = await recipeNames(program.recipes);
  throw usageError(
    `no data to train on: ${why}.`,
    `Give --data DATA${names.length === 0 ? "" : `, or --config with a recipe: ${names.join(", ")}`}.`,
  );
}

function assignments<Settings extends CommonSettings>(
  { program }: VerbContext<Settings>,
  flags: TrainFlags,
  ownFlags: OwnFlags,
): Assignment[] {
  const tree = settingTree(program.settings);
  const own: Assignment[] = [];
  if (flags.data !== undefined) own.push({ path: ["data"], value: flags.data, flag: "--data" });
  if (flags.format !== undefined) own.push({ path: ["format"], value: flags.format, flag: "--format" });
  own.push(...(flags.set ?? []).map((text) => parseAssignment(text, tree)));
  for (const { flag, setting } of program.flags?.train ?? []) {
    const value = ownFlags[flagName(flag)];
    if (value === undefined) continue;
    own.push({ ...parseAssignment(`${setting}=${String(value)}`, tree), flag: flag.replace(/ .*/, "") });
  }
  if (flags.seed !== undefined) own.push({ path: ["seed"], value: flags.seed, flag: "--seed" });
  return own;
}

/** A resumed run keeps its settings, or it would be another run; it may train longer, on the same data elsewhere. */
function checkSameSettings(before: unknown, now: unknown, out: string): void {
  const free = new Set(["data", "format", "training.epochs"]);
  const differing = differingSettings(before, now).filter(({ path }) => !free.has(path));
  const [first] = differing;
  if (first === undefined) return;
  throw new ConfigError(
    "RUN_SETTINGS",
    `--resume: ${out} was trained with other settings: ${first.path} was ${first.before} and is now ${first.now}.`,
    {
      hint:
        (differing.length > 1
          ? `Also: ${differing
              .slice(1)
              .map(({ path }) => path)
              .join(", ")}. `
          : "") +
        "Only training.epochs may change. Leave the settings out to go on as before, or train into a new folder.",
    },
  );
}

/** Reads what the earlier run left, and writes through the deferred run, which records the settings first. */
function resumedRun(deferred: DeferredRun, earlier: FileStore): FileStore {
  return {
    name: deferred.name,
    read: (name) => earlier.read(name),
    list: () => earlier.list(),
    remove: (name) => earlier.remove(name),
    write: (name, content) => deferred.write(name, content),
    append: (name, line) => deferred.append(name, line),
  };
}

async function describeInterrupted(run: FileStore, out: string): Promise<string> {
  const { runFiles } = await import("@timestep/training");
  const kept = (await run.list()).includes(runFiles.model);
  return kept
    ? `interrupted: the best weights so far are in ${join(out, runFiles.model)}; go on with --resume\n`
    : `interrupted before any weights were kept\n`;
}
