import { type VerbContext } from "../context.js";
import { type CommonSettings } from "../program.js";
import { parseAssignment } from "./assignments.js";
import { readConfigFile } from "./config-file.js";
import { resolveSettings, type ConfigSource } from "./resolve.js";
import { settingTree } from "./schema.js";

/** Flags that say which data is read, and how. */
export interface DataSettingsFlags {
  readonly data?: string;
  readonly format?: string;
  readonly config?: string;
  readonly set?: readonly string[];
}

/** The settings that data is read with: those of `--config`, changed by `--set`, `--data` and `--format`. */
export async function dataSettings<Settings extends CommonSettings>(
  { program, io }: VerbContext<Settings>,
  flags: DataSettingsFlags,
): Promise<Settings> {
  const empty: ConfigSource = { name: "settings", value: {} };
  const config =
    flags.config === undefined ? empty : await readConfigFile(flags.config, program.recipes, io.cwd);
  const tree = settingTree(program.settings);
  return resolveSettings(program.settings, config, [
    ...(flags.set ?? []).map((text) => parseAssignment(text, tree)),
    ...(flags.data === undefined ? [] : [{ path: ["data"], value: flags.data, flag: "--data" }]),
    ...(flags.format === undefined ? [] : [{ path: ["format"], value: flags.format, flag: "--format" }]),
  ]);
}
