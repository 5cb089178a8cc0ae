import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { DataError } from "@timestep/base";

/**
 * The files that a pattern names, in order: `*` and `?` stand for characters of a name, `**` for any folders. A path
 * without these stands for itself.
 *
 * @throws {DataError} INPUT_NOT_FOUND when no file fits.
 */
export async function expandGlob(pattern: string, cwd: string): Promise<string[]> {
  if (!/[*?]/.test(pattern)) return [pattern];
  const parts = pattern.split("/");
  const first = parts.findIndex((part) => /[*?]/.test(part));
  const base = parts.slice(0, first).join("/");
  const folder = resolve(cwd, base === "" && pattern.startsWith("/") ? "/" : base || ".");
  const deep = first < parts.length - 1 || parts.includes("**");
  const names = await readdir(folder, { recursive: deep }).catch(() => []);
  const expression = new RegExp(`^${parts.slice(first).map(partExpression).join("")}$`, "u");
  const found = names.map((name) => name.replaceAll("\\", "/")).filter((name) => expression.test(name));
  if (found.length > 0) return found.sort().map((name) => join(base, name));
  throw new DataError("INPUT_NOT_FOUND", `${pattern}: no file fits.`, {
    hint: "* and ? stand for characters of a name, ** for any folders.",
  });
}

/** A part between slashes as an expression, the slash behind it included. */
function partExpression(part: string, index: number, parts: readonly string[]): string {
  const last = index === parts.length - 1;
  if (part === "**") return last ? "(?:[^/]+/)*[^/]+" : "(?:[^/]+/)*";
  const escaped = part.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  return `${escaped.replaceAll("*", "[^/]*").replaceAll("?", "[^/]")}${last ? "" : "/"}`;
}
