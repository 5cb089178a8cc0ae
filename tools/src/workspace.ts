import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The root of this checkout. */
export const workspaceRoot = fileURLToPath(new URL("../..", import.meta.url));

/** What the checks read of a package.json. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
}

/** A package of this workspace: its folder and manifest. */
export interface WorkspacePackage {
  readonly folder: string;
  readonly manifest: Manifest;
}

/** Every package that is published, by folder. */
export function publicPackages(): WorkspacePackage[] {
  return ["packages", "apps"]
    .flatMap((parent) =>
      readdirSync(join(workspaceRoot, parent)).map((name) => join(workspaceRoot, parent, name)),
    )
    .filter((folder) => existsSync(join(folder, "package.json")))
    .map((folder) => ({
      folder,
      manifest: JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest,
    }))
    .filter(({ manifest }) => manifest.private !== true);
}

/** Runs a tool of this checkout and returns its output; a failure throws with all that it printed. */
export function runTool(command: string, args: readonly string[], cwd = workspaceRoot): string {
  try {
    return execFileSync(command, args, {
      cwd,
      encoding: "utf8",
      env: { ...process.env, NX_DAEMON: "false", NX_TUI: "false" },
      stdio: ["ignore", "pipe", "pipe"],
      maxBuffer: 64 * 1024 * 1024,
    });
  } catch (cause) {
    const { stdout = "", stderr = "" } = cause as { stdout?: string; stderr?: string };
    throw new Error(`${command} ${args.join(" ")} failed in ${cwd}\n${stdout}\n${stderr}`, { cause });
  }
}

/** Refuses to check packages that are not compiled; the packaging tests read `dist`. */
export function requireBuilt(packages: readonly WorkspacePackage[]): void {
  const missing = packages
    .filter(({ folder }) => !existsSync(join(folder, "dist")))
    .map(({ manifest }) => manifest.name);
  if (missing.length > 0) {
    throw new Error(`${missing.join(", ")} not built: run "npm run build" first ("npm test" does).`);
  }
}
