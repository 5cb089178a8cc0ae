import { mkdir, stat, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { ConfigError } from "@timestep/base";
import { type EvaluateRequest } from "@timestep/cli-kit";

/**
 * What writes the gallery: to the file that a flag names, or into the first run. It is asked for before anything is
 * scored, so that a file that cannot be written costs no time; a run that cannot be written costs the gallery alone.
 *
 * @returns a function that writes the page and gives a note that says where.
 * @throws {ConfigError} GALLERY_FILE when the file of the flag cannot be written.
 */
export async function galleryWriter(
  flag: string | true | undefined,
  runs: EvaluateRequest["runs"],
  split: string,
): Promise<(page: string) => Promise<string>> {
  if (typeof flag === "string") {
    const path = resolve(flag);
    if ((await stat(path).catch(() => undefined))?.isDirectory() === true)
      throw unwritable(flag, "it is a folder");
    await mkdir(dirname(path), { recursive: true }).catch((cause: unknown) => {
      throw unwritable(flag, reasonOf(cause), cause);
    });
    return async (page) => {
      await writeFile(path, page).catch((cause: unknown) => {
        throw unwritable(flag, reasonOf(cause), cause);
      });
      return `gallery: ${flag}`;
    };
  }
  const [run] = runs as readonly [EvaluateRequest["run"], ...EvaluateRequest["run"][]];
  // Runs that answer together leave the page of the first alone as it is.
  const name = runs.length === 1 ? `gallery-${split}.html` : `gallery-${split}-together.html`;
  return async (page) => {
    try {
      await run.write(name, page);
    } catch (cause) {
      return `no gallery: ${run.name}/${name} cannot be written (${reasonOf(cause)})`;
    }
    return `gallery: ${run.name}/${name}`;
  };
}

function unwritable(file: string, why: string, cause?: unknown): ConfigError {
  return new ConfigError("GALLERY_FILE", `--gallery ${file} cannot be written: ${why}.`, {
    hint: "Name a file in a folder where you may write.",
    cause,
  });
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
