import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { DataError } from "@timestep/base";
import { runFiles } from "./run-file-names.js";
import { didYouMean } from "./suggest.js";

/** Where data was found. */
export interface FoundData {
  /** Absolute path of a file or folder. */
  readonly path: string;
  /** What `config.json` keeps: the name when found by name, otherwise the absolute path. */
  readonly recorded: string;
}

/** What a lookup depends on. */
export interface DataLookup {
  readonly cwd: string;
  /** The value of TIMESTEP_DATA. */
  readonly dataFolder: string | undefined;
}

/**
 * Finds DATA: a file or folder as written, else a name in `./data`, then in the folder that TIMESTEP_DATA names.
 *
 * A run folder is no data, so `train --config atis --out atis` does not shadow the corpus of that name.
 *
 * @throws {DataError} DATA_NOT_FOUND listing every place looked at.
 */
export async function findData(data: string, lookup: DataLookup): Promise<FoundData> {
  const asWritten = resolve(lookup.cwd, data);
  if ((await exists(asWritten)) && !(await isRun(asWritten))) return { path: asWritten, recorded: asWritten };
  const folders = nameFolders(lookup);
  const isName = data !== "" && !/^[./\\]|[\\]|(^|\/)\.\.(\/|$)/.test(data);
  for (const folder of isName ? folders : []) {
    const path = join(folder, data);
    if (await exists(path)) return { path, recorded: data };
  }
  throw new DataError(
    "DATA_NOT_FOUND",
    `no data "${data}".${await suggestion(data, isName ? folders : [])}`,
    {
      hint:
        `Looked for ${[asWritten, ...(isName ? folders.map((folder) => join(folder, data)) : [])].join(", ")}. ` +
        (lookup.dataFolder
          ? "Give a file, a folder, or a name found there."
          : "Give a file or folder, or set TIMESTEP_DATA to the folder that holds data by name."),
    },
  );
}

function nameFolders({ cwd, dataFolder }: DataLookup): string[] {
  const here = resolve(cwd, "data");
  return dataFolder === undefined || dataFolder === "" ? [here] : [here, resolve(cwd, dataFolder)];
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function isRun(path: string): Promise<boolean> {
  return (await exists(join(path, runFiles.config))) && (await exists(join(path, runFiles.model)));
}

async function suggestion(data: string, folders: readonly string[]): Promise<string> {
  const names = await Promise.all(folders.map((folder) => readdir(folder).catch(() => [])));
  const known = names.flat().filter((name) => !name.startsWith(".") && !/^(README|manifest)/i.test(name));
  return didYouMean(data, [...new Set(known)].sort(), "Known here");
}
