// All checks in one command (`npm test`): build, types, lint, formatting, then every test.
// Goes on after a failed step, so that one run shows everything, and ends with `N passed, N failed`.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const report = "test-results/vitest.json";
const env = { ...process.env, NX_DAEMON: "false", NX_TUI: "false" };
if (env.CI) env.NX_SKIP_NX_CACHE = "true";

/** Runs one step with its output on ours; true when it succeeds. */
function step(title, command, args) {
  console.log(`\n== ${title}: ${command} ${args.join(" ")}`);
  const started = performance.now();
  const { status, error } = spawnSync("npx", ["--no-install", command, ...args], {
    cwd: root,
    env,
    stdio: "inherit",
  });
  const passed = error === undefined && status === 0;
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`== ${title}: ${passed ? "passed" : "FAILED"} after ${seconds} s`);
  if (error !== undefined) console.error(error.message);
  return { title, passed };
}

rmSync(new URL(report, new URL("..", import.meta.url)), { force: true });

const checks = [
  step("build and types", "nx", ["run-many", "-t", "build", "typecheck", "--output-style=static"]),
  step("lint", "nx", ["run-many", "-t", "lint", "--output-style=static"]),
  step("format", "prettier", ["--check", "."]),
];
const tests = step("tests", "vitest", [
  "run",
  "--reporter=default",
  "--reporter=json",
  `--outputFile.json=${report}`,
]);

const counts = readCounts(new URL(report, new URL("..", import.meta.url)));
// A run that fails although each of its tests passed (an unhandled error, a file that does not load) is a failed step.
const steps = !tests.passed && counts.failed === 0 ? [...checks, tests] : checks;
const broken = steps.filter(({ passed }) => !passed);
for (const { title } of broken) console.log(`failed step: ${title}`);
const failed = counts.failed + broken.length;
const passed = counts.passed + steps.length - broken.length;
console.log(`${passed} passed, ${failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ""}`);
process.exitCode = failed > 0 || !tests.passed ? 1 : 0;

function readCounts(file) {
  if (!existsSync(file)) return { passed: 0, failed: 0, skipped: 0 };
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(
    readFileSync(file, "utf8"),
  );
  return { passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests + numTodoTests };
}
