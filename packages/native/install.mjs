// Makes the addon ready when the package is installed: one that came built for this platform is taken if it loads,
// otherwise it is compiled. Without a compiler the install still succeeds: one line says what takes over and how to get
// the addon, and what the compiler said is kept in build/install.log.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL(".", import.meta.url));
const prefix = join(dirname(process.execPath), ".."); // of this Node
const built = join(root, "build/Release");

/** Why the addon that would be loaded does not load, or undefined when it does; in a process of its own, lest it crash. */
function complaint(environment = {}) {
  const program = "require(require('node-gyp-build').resolve(process.argv[1]))";
  const options = { cwd: root, encoding: "utf8", env: { ...process.env, ...environment } };
  const { status, error, stderr } = spawnSync(process.execPath, ["-e", program, root], options);
  return status === 0 ? undefined : (error?.message ?? stderr);
}

/** npm names its own node-gyp in the environment; elsewhere the one beside this Node's npm, or from PATH. */
function nodeGyp() {
  const beside = join(prefix, "lib/node_modules/npm/node_modules/node-gyp/bin/node-gyp.js");
  const script = [process.env.npm_config_node_gyp, beside].find(
    (path) => path !== undefined && existsSync(path),
  );
  return script === undefined ? ["node-gyp"] : [process.execPath, script];
}

/** What went wrong, or undefined when there is an addon that loads. */
function build() {
  const [command, ...first] = nodeGyp();
  // Node's headers mostly lie beside it; node-gyp would download them.
  const headers = existsSync(join(prefix, "include/node/node_api.h")) ? [`--nodedir=${prefix}`] : [];
  const args = [...first, "rebuild", ...(process.env.npm_config_nodedir === undefined ? headers : [])];
  // Under `npm --silent` node-gyp would not say what went wrong.
  const options = { cwd: root, encoding: "utf8", env: { ...process.env, npm_config_loglevel: "info" } };
  const { status, error, stdout, stderr } = spawnSync(command, args, options);
  if (status === 0) return complaint();
  return [error?.message, stdout, stderr].filter(Boolean).join("\n");
}

rmSync(built, { recursive: true, force: true }); // an old build must not pass for this one
if (complaint({ PREBUILDS_ONLY: "1" }) !== undefined) {
  const failure = build();
  if (failure !== undefined) {
    rmSync(built, { recursive: true, force: true }); // nor half of a new one
    try {
      mkdirSync(join(root, "build"), { recursive: true });
      writeFileSync(join(root, "build/install.log"), failure);
    } catch {
      // A read-only folder: the line below is all there is.
    }
    console.log(
      "@timestep/native was not built, the wasm engine takes over; for the native one install a C++17 compiler, make " +
        "and Python 3 and run `npm rebuild @timestep/native` (see build/install.log in the package).",
    );
  }
}
