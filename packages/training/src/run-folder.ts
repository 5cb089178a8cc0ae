import { ConfigError, DataError } from "@timestep/base";
import { appendFile, mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { readRunConfig, runFiles } from "./run.js";
import { checkFileName, type FileStore } from "./store.js";
import { writeWhole } from "./write-whole.js";

/**
 * A run as a folder on disk. Files are written beside, flushed to the disk and renamed, so a crash at any moment
 * leaves the old content or the new.
 */
export class RunFolder implements FileStore {
  private constructor(readonly name: string) {}

  /**
   * Makes a folder for a new run, parents included; an empty folder that exists is taken.
   *
   * With `overwrite`, the files of an earlier run are removed first. Files that no run writes stay, and a folder that
   * holds such files and no run is refused, so a mistyped path costs nothing.
   *
   * @throws {ConfigError} RUN_EXISTS when the folder holds anything and `overwrite` is not set, RUN_FOREIGN when it is
   *   not a run, RUN_NOT_A_FOLDER when the path is a file, RUN_NOT_WRITABLE when it cannot be made.
   */
  static async create(path: string, options: { readonly overwrite?: boolean } = {}): Promise<RunFolder> {
    const folder = new RunFolder(path);
    const held = await entriesOf(path);
    if (held !== undefined && held.length > 0) {
      if (options.overwrite !== true) {
        throw new ConfigError("RUN_EXISTS", `"${path}" is not empty.`, {
          hint: "Name a new folder, go on with --resume, or replace the run in it with --overwrite.",
        });
      }
      await folder.clear();
    }
    try {
      await mkdir(path, { recursive: true });
    } catch (cause) {
      throw new ConfigError("RUN_NOT_WRITABLE", `"${path}" cannot be made: ${reasonOf(cause)}.`, {
        cause,
        hint: "Name a folder in a place where you may write.",
      });
    }
    return folder;
  }

  /**
   * Opens the folder of a run that was made before.
   *
   * @throws {ConfigError} RUN_NOT_FOUND when there is no such folder, RUN_NOT_A_FOLDER when the path is a file,
   *   RUN_FOREIGN when it holds no config.json.
   */
  static async open(path: string): Promise<RunFolder> {
    const held = await entriesOf(path);
    if (held === undefined) {
      throw new ConfigError("RUN_NOT_FOUND", `there is no folder "${path}".`, {
        hint: "Name the folder that training wrote with --out.",
      });
    }
    if (!held.includes(runFiles.config)) {
      throw new ConfigError("RUN_FOREIGN", `"${path}" is not a run: it has no ${runFiles.config}.`, {
        hint: "Name the folder that training wrote with --out.",
      });
    }
    return new RunFolder(path);
  }

  async read(name: string): Promise<Uint8Array | undefined> {
    try {
      return new Uint8Array(await readFile(this.path(name)));
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw cause;
    }
  }

  async write(name: string, content: Uint8Array | string): Promise<void> {
    const path = this.path(name);
    await mkdir(dirname(path), { recursive: true });
    await writeWhole(path, content);
  }

  async append(name: string, line: string): Promise<void> {
    const path = this.path(name);
    await mkdir(dirname(path), { recursive: true });
    await appendFile(path, `${line}\n`);
  }

  async list(): Promise<string[]> {
    const names = (await this.files()).filter((name) => !isTemporary(basename(name)));
    return names.sort();
  }

  async remove(name: string): Promise<void> {
    await rm(this.path(name), { force: true });
  }

  /** Removes the files of a run; config.json last, so that a crash half-way leaves what is still taken for a run. */
  private async clear(): Promise<void> {
    const files = await this.files();
    const ours = files.filter(isRunFile);
    if (files.includes(runFiles.config)) await this.checkOurs();
    else if (ours.length < files.length || ours.length === 0) {
      throw new ConfigError("RUN_FOREIGN", `"${this.name}" is not a run and is left as it is.`, {
        hint: "--overwrite replaces runs only. Name a new folder, or empty this one yourself.",
      });
    }
    for (const name of ours) if (name !== runFiles.config) await rm(join(this.name, name), { force: true });
    await rm(join(this.name, runFiles.config), { force: true });
  }

  /** Many programs have a config.json; only one written here names a format version and a task. */
  private async checkOurs(): Promise<void> {
    try {
      await readRunConfig(this);
    } catch (cause) {
      if (!(cause instanceof DataError)) return; // another version's run is still a run
      throw new ConfigError("RUN_FOREIGN", `"${this.name}" holds a ${runFiles.config} that is not a run's.`, {
        cause,
        hint: "--overwrite replaces runs only. Name a new folder, or empty this one yourself.",
      });
    }
  }

  /** Everything that is not a folder, with / between folders. */
  private async files(): Promise<string[]> {
    const entries = await readdir(this.name, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => !entry.isDirectory())
      .map((entry) => relative(this.name, join(entry.parentPath, entry.name)).replaceAll("\\", "/"));
  }

  private path(name: string): string {
    checkFileName(name);
    return join(this.name, name);
  }
}

function isTemporary(name: string): boolean {
  return name.startsWith(".") && name.endsWith(".tmp");
}

function isRunFile(name: string): boolean {
  const known: readonly string[] = Object.values(runFiles);
  if (isTemporary(basename(name))) {
    return isRunFile(join(dirname(name), basename(name).slice(1, -".tmp".length)).replaceAll("\\", "/"));
  }
  return known.includes(name) || /^(checkpoint\/best-\d+\.safetensors|gallery-[\w-]+\.html)$/.test(name);
}

/** Names in a folder; undefined when there is none. */
async function entriesOf(path: string): Promise<string[] | undefined> {
  try {
    if (!(await stat(path)).isDirectory()) {
      throw new ConfigError("RUN_NOT_A_FOLDER", `"${path}" is a file; a run is a folder.`, {
        hint: "Name another path.",
      });
    }
    return await readdir(path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw cause;
  }
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
