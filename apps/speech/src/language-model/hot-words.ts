import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { ConfigError } from "@timestep/base";
import { readText } from "@timestep/data";
import { type OwnFlags } from "@timestep/cli-kit";

/**
 * The words of `--hot-words`: the lines of a file where there is one of that name, else what stands between commas.
 *
 * @throws {ConfigError} FLAG_VALUE when there is none.
 */
export async function hotWordsOf(flags: OwnFlags): Promise<string[] | undefined> {
  const given = flags["hotWords"];
  if (given === undefined) return undefined;
  const name = String(given);
  const bytes = await readFile(resolve(name)).catch(() => undefined);
  const parts =
    bytes === undefined
      ? name.split(",")
      : (await readText({ name, bytes: () => Promise.resolve(new Uint8Array(bytes)) })).split("\n");
  const words = parts.map((part) => part.trim()).filter((part) => part !== "");
  if (words.length > 0) return [...new Set(words)];
  throw new ConfigError("FLAG_VALUE", `--hot-words ${name}: there is no word in it.`, {
    hint: "Give words with commas between them, or a file with one a line.",
  });
}
