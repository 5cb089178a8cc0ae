import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { DataError } from "@timestep/base";

/**
 * The files that a pattern names, in order: `*` and `?` stand for characters of a name, `**` for any folders. A path
 * without these stands for itself.
 *
 * @throws {DataError} AUDIO_NOT_FOUND when no file fits.
 */
export async function expandGlob(pattern: string, cwd: string): Promise<string[]> {
  if (!/[*?]/.test(pattern)) return [pattern];
  const parts = pattern.split("/");
  const first = parts.findIndex((part) => /[*?]/.test(part));
  const base = parts.slice(0, first).join("/");
  const folder = resolve(cwd, base === "" && pattern.startsWith("/") ? "/" : base || ".");
  const deep = first < parts.length - 1;
  const expression = new RegExp(
    `^${parts.slice(first).map(partExpression).join("/").replaceAll("§/", "")}$`,
    "u",
  );
  const names = await readdir(folder, { recursive: deep }).catch(() => []);
  const found = names.map((name) => name.replaceAll("\\", "/")).filter((name) => expression.test(name));
  if (found.length > 0) return found.sort().map((name) => join(base, name));
  throw new DataError("AUDIO_NOT_FOUND", `${pattern}: no file fits.`, {
    hint: "* and ? stand for characters of a name, ** for any folders.",
  });
}

function partExpression(part: string): string {
  if (part === "**") return "(?:[^/]+/)*§";
  const escaped = part.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  return escaped.replaceAll("*", "[^/]*").replaceAll("?", "[^/]");
}
