// `npm start`: builds the slot tagger, trains it on data/travel into runs/start and tags two sentences.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const program = fileURLToPath(new URL("../apps/slots/dist/main.js", import.meta.url));

/** Runs a command with its output on ours; ends with its exit code when it fails. */
function run(command, args) {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, NX_DAEMON: "false", NX_TUI: "false" },
  });
  if (error !== undefined) console.error(error.message);
  if (status !== 0) process.exit(status ?? 1);
}

run("npx", ["--no-install", "tsc", "--build", "apps/slots/tsconfig.lib.json"]);
run(process.execPath, [program, "train", "--config", "travel", "--out", "runs/start", "--overwrite"]);
console.log("");
run(process.execPath, [
  program,
  "predict",
  "--run",
  "runs/start",
  "arrive Taipei on November 2nd",
  "leave Taipei on November 2nd",
]);
