import { readdir, readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { ConfigError } from "@timestep/base";
import { nearest } from "../suggest.js";
import { jsonErrorOffset } from "./json-offset.js";
import { type ConfigSource } from "./resolve.js";
import { isRecord } from "./schema.js";

/** Names of the recipes in a folder, sorted; none when the folder is missing. */
export async function recipeNames(recipes: URL): Promise<string[]> {
  const files = await readdir(fileURLToPath(recipes)).catch(() => []);
  return files
    .filter((name) => name.endsWith(".json"))
    .map((name) => name.slice(0, -".json".length))
    .sort();
}

/**
 * Reads what `--config` names: a recipe, or else a file.
 *
 * @throws {ConfigError} CONFIG_NOT_FOUND when there is neither; CONFIG_SYNTAX with line and column when it is not JSON
 *   or not an object.
 */
export async function readConfigFile(config: string, recipes: URL, cwd: string): Promise<ConfigSource> {
  const names = await recipeNames(recipes);
  if (names.includes(config)) {
    const file = `${config}.json`;
    return { name: file, value: parseConfig(await readFile(new URL(file, recipes), "utf8"), file) };
  }
  let text: string;
  try {
    text = await readFile(resolve(cwd, config), "utf8");
  } catch (cause) {
    const near = nearest(config, names);
    throw new ConfigError(
      "CONFIG_NOT_FOUND",
      `--config ${config}: no recipe and no readable file.${near === undefined ? "" : ` Did you mean "${near}"?`}`,
      {
        hint:
          names.length === 0
            ? "Give a JSON file of settings."
            : `Recipes: ${names.join(", ")}; or a JSON file.`,
        cause,
      },
    );
  }
  return { name: config, value: parseConfig(text, config) };
}

function parseConfig(text: string, name: string): unknown {
  const content = text.replace(/^\uFEFF/, "");
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch (cause) {
    const offset = jsonErrorOffset(content) ?? content.length;
    const before = content.slice(0, offset).split("\n");
    const found = offset >= content.length ? "the file ends" : `"${content[offset] ?? ""}" cannot stand`;
    throw new ConfigError(
      "CONFIG_SYNTAX",
      `${name}:${before.length}:${(before.at(-1)?.length ?? 0) + 1}: not JSON: ${found} here.`,
      {
        hint: "Settings are JSON: names and texts in double quotes, no comments, no comma after the last.",
        cause,
      },
    );
  }
  if (!isRecord(value)) {
    throw new ConfigError("CONFIG_SYNTAX", `${name}:1:1: expected an object of settings.`, {
      hint: 'For instance {"data": "travel", "seed": 1}',
    });
  }
  return value;
}
