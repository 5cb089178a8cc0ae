// Builds the addon when the package is installed. Without a compiler the install still succeeds: one line says what
// takes over and how to get the addon, and what the compiler said is kept in build/install.log.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL(".", import.meta.url));
const addon = new URL("build/Release/timestep_native.node", import.meta.url);

/** npm names its own node-gyp in the environment; elsewhere one from PATH is tried. */
const bundled = process.env.npm_config_node_gyp;
const [command, ...first] =
  bundled !== undefined && existsSync(bundled) ? [process.execPath, bundled] : ["node-gyp"];
rmSync(addon, { force: true }); // an old build must not pass for this one
const built = spawnSync(command, [...first, "rebuild"], { cwd: root, encoding: "utf8" });

if (built.error !== undefined || built.status !== 0 || !existsSync(addon)) {
  const said = [built.error?.message, built.stdout, built.stderr].filter(Boolean).join("\n");
  try {
    mkdirSync(new URL("build", import.meta.url), { recursive: true });
    writeFileSync(new URL("build/install.log", import.meta.url), said);
  } catch {
    // A read-only folder: the line below is all there is.
  }
  console.log(
    "@timestep/native was not built, the wasm engine takes over; for the native one install a C++17 compiler, make " +
      "and Python 3 and run `npm rebuild @timestep/native` (see build/install.log in the package).",
  );
}
