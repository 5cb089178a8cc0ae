import { DataError } from "@timestep/base";
import { type DataFile, type DataSource } from "@timestep/data";
import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { basename, join } from "node:path";

/**
 * A file or folder on disk as a source of data. Folders are walked to the bottom, files sorted by name, hidden files
 * and folders left out; content is read when asked for.
 *
 * @throws {DataError} DATA_NOT_FOUND when nothing is there, DATA_EMPTY when a folder holds no file, DATA_UNREADABLE
 *   when it cannot be listed; reading a file throws DATA_UNREADABLE when it cannot be read.
 */
export async function openDataSource(path: string): Promise<DataSource> {
  let files: DataFile[];
  try {
    files = (await stat(path)).isDirectory()
      ? await walk(path, "", [await realpath(path)])
      : [fileAt(path, basename(path))];
  } catch (cause) {
    if (isMissing(cause)) {
      throw new DataError("DATA_NOT_FOUND", `there is no file or folder "${path}".`, {
        cause,
        hint: "Check the path of --data; relative paths start at the working folder.",
      });
    }
    throw unreadable(path, cause);
  }
  if (files.length === 0) {
    throw new DataError("DATA_EMPTY", `the folder "${path}" holds no files.`, {
      hint: "Name the folder that holds the splits, or a single file. Hidden files are left out.",
    });
  }
  return { name: path, files };
}

async function walk(root: string, below: string, inside: readonly string[]): Promise<DataFile[]> {
  const files: DataFile[] = [];
  const names = (await readdir(join(root, below))).filter((name) => !name.startsWith("."));
  for (const name of names.sort()) {
    const inner = below === "" ? name : `${below}/${name}`;
    const path = join(root, inner);
    const found = await stat(path).catch((cause: unknown) => {
      if (isMissing(cause)) return undefined; // a link to nowhere
      throw cause;
    });
    if (found?.isDirectory()) {
      const real = await realpath(path);
      if (!inside.includes(real)) files.push(...(await walk(root, inner, [...inside, real]))); // a link to a parent would never end
    } else if (found?.isFile()) files.push(fileAt(path, inner));
  }
  return files;
}

function fileAt(path: string, name: string): DataFile {
  return {
    name,
    async bytes() {
      try {
        return new Uint8Array(await readFile(path));
      } catch (cause) {
        throw unreadable(path, cause);
      }
    },
  };
}

function unreadable(path: string, cause: unknown): DataError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new DataError("DATA_UNREADABLE", `"${path}" cannot be read: ${reason}.`, {
    cause,
    hint: "Check its permissions, and that no other program is moving it.",
  });
}

function isMissing(cause: unknown): boolean {
  const { code } = cause as NodeJS.ErrnoException;
  return code === "ENOENT" || code === "ENOTDIR";
}
