import { type EngineReport } from "@timestep/engine";
import { openData, optional, startNamedEngine, type VerbContext } from "../context.js";
import { exitCodes, usageError } from "../failure.js";
import { inspectionJson, inspectionText } from "../output/report.js";
import { type CommonSettings, type Inspection } from "../program.js";
import { openRun } from "../run-settings.js";
import { parseAssignment } from "../settings/assignments.js";
import { readConfigFile } from "../settings/config-file.js";
import { resolveSettings, type ConfigSource } from "../settings/resolve.js";
import { settingTree } from "../settings/schema.js";

/** Flags of `inspect`; exactly one of `run`, `data` and `engine`. */
export interface InspectFlags {
  readonly run?: string;
  readonly data?: string;
  /** A name, or true for the flag alone. */
  readonly engine?: string | true;
  readonly format?: string;
  readonly config?: string;
  readonly set?: readonly string[];
  readonly json?: boolean;
}

/** Prints what a run holds, what data holds, or which engine runs and why. */
export async function inspectVerb<Settings extends CommonSettings>(
  context: VerbContext<Settings>,
  flags: InspectFlags,
): Promise<number> {
  const { program, io, results, colours } = context;
  if ([flags.run, flags.data, flags.engine].filter((flag) => flag !== undefined).length !== 1) {
    throw usageError("inspect looks at one thing.", "Give --run RUN, --data DATA, or --engine.");
  }
  let inspection: Inspection;
  if (flags.run !== undefined) {
    const { run } = await openRun(program, io, flags.run);
    inspection = await program.inspectRun({ run });
  } else if (flags.data !== undefined) {
    inspection = await inspectData(context, flags, flags.data);
  } else {
    inspection = describeEngine(await startNamedEngine(io, flags.engine === true ? undefined : flags.engine));
  }
  if (flags.json === true) await results.writeJson(inspectionJson(inspection));
  else await results.write(inspectionText(inspection, colours));
  return exitCodes.done;
}

async function inspectData<Settings extends CommonSettings>(
  { program, io }: VerbContext<Settings>,
  flags: InspectFlags,
  data: string,
): Promise<Inspection> {
  const empty: ConfigSource = { name: "settings", value: {} };
  const config =
    flags.config === undefined ? empty : await readConfigFile(flags.config, program.recipes, io.cwd);
  const tree = settingTree(program.settings);
  const settings = resolveSettings(program.settings, config, [
    ...(flags.set ?? []).map((text) => parseAssignment(text, tree)),
    { path: ["data"], value: data, flag: "--data" },
    ...(flags.format === undefined ? [] : [{ path: ["format"], value: flags.format, flag: "--format" }]),
  ]);
  const { source } = await openData(io, data);
  return program.inspectData({ data: source, ...optional("format", settings.format), settings });
}

/** The engine in force, what it runs on, and the reason for every one passed over. */
export function describeEngine(engine: EngineReport): Inspection {
  const facts = Object.entries({ threads: engine.threads, ...engine.details });
  const said = facts.map(([name, value]) => `${name}: ${value}`).join(", ");
  return {
    sections: [
      { title: "engine", text: `${engine.name}, ${said} (${engine.reason})` },
      {
        title: "passed over",
        table: {
          columns: ["engine", "why"],
          rows: engine.passedOver.map(({ name, reason }) => [name, reason]),
        },
      },
    ],
    json: engine,
  };
}
