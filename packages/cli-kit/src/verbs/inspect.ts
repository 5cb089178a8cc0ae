import { type EngineReport } from "@timestep/engine";
import { openData, optional, startNamedEngine, type VerbContext } from "../context.js";
import { exitCodes, usageError } from "../failure.js";
import { writeInspection } from "../output/report.js";
import { type CommonSettings, type Inspection } from "../program.js";
import { openRun } from "../run-settings.js";
import { dataSettings } from "../settings/data-settings.js";

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
  const { program, io } = context;
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
  await writeInspection(context, inspection, flags.json === true);
  return exitCodes.done;
}

async function inspectData<Settings extends CommonSettings>(
  context: VerbContext<Settings>,
  flags: InspectFlags,
  data: string,
): Promise<Inspection> {
  const settings = await dataSettings(context, { ...flags, data });
  const { source } = await openData(context.io, data);
  return context.program.inspectData({ data: source, ...optional("format", settings.format), settings });
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
