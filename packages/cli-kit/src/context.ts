import { type DataSource } from "@timestep/data";
import { type EngineReport } from "@timestep/engine";
import { findData, type FoundData } from "./find-data.js";
import { type ProgramIo } from "./io.js";
import { type Colours } from "./output/colours.js";
import { type ResultWriter } from "./output/results.js";
import { type CommonSettings, type TaskProgram } from "./program.js";

/** What every verb works with. */
export interface VerbContext<Settings extends CommonSettings> {
  readonly program: TaskProgram<Settings>;
  readonly io: ProgramIo;
  readonly results: ResultWriter;
  readonly colours: Colours;
}

/** Starts the engine that the flag, else TIMESTEP_ENGINE, else `auto` names. */
export async function startNamedEngine(io: ProgramIo, flag: string | undefined): Promise<EngineReport> {
  const engine = flag ?? io.env["TIMESTEP_ENGINE"];
  return io.startEngine(engine === undefined || engine === "" ? {} : { engine });
}

/** Finds DATA and opens it. */
export async function openData(
  io: ProgramIo,
  data: string,
): Promise<FoundData & { readonly source: DataSource }> {
  const found = await findData(data, { cwd: io.cwd, dataFolder: io.env["TIMESTEP_DATA"] });
  const { openDataSource } = await import("@timestep/training/node");
  return { ...found, source: await openDataSource(found.path) };
}

/** An object with the key, or without it when the value is undefined: for options that may be absent. */
export function optional<Key extends string, Value>(
  key: Key,
  value: Value | undefined,
): { readonly [K in Key]?: Value } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [K in Key]?: Value };
}
