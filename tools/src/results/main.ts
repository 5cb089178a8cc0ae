import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { published } from "./published.js";
import { renderResults, type ResultRow } from "./render.js";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const rowsFile = join(root, "docs/results.json");
const pageFile = join(root, "docs/results.md");

/** `npm run results -- APP RECIPE`: trains and evaluates a recipe and writes its row in docs/results.md. */
function main(): number {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { run: { type: "string" }, seed: { type: "string" }, engine: { type: "string" } },
  });
  const [app, recipe] = positionals;
  if (app === undefined || recipe === undefined) {
    console.error(
      "usage: npm run results -- APP RECIPE [--run DIR] [--seed N] [--engine E]\n  --run takes a run that `train --config RECIPE` made instead of training anew",
    );
    return 2;
  }
  const run = values.run ?? trainRecipe(app, recipe, values);
  const scored = JSON.parse(
    program(app, ["evaluate", "--run", run, "--json", ...engineFlag(values.engine)]),
  ) as Scored;
  const history = readFileSync(join(run, "metrics.jsonl"), "utf8").trim().split("\n");
  const last = JSON.parse(history.at(-1) ?? "{}") as { minutes: number; epoch: number };
  const environment = JSON.parse(readFileSync(join(run, "environment.json"), "utf8")) as {
    data: Record<string, string>;
  };
  const row: ResultRow = {
    app,
    recipe,
    split: scored.split,
    metrics: scored.metrics,
    baseline: scored.baseline?.metrics ?? {},
    ...(scored.baselines === undefined ? {} : { baselines: scored.baselines }),
    settings: scored.settings,
    examples: scored.examples,
    seed: scored.seed,
    minutes: last.minutes,
    epochs: last.epoch,
    engine: scored.engine,
    machine: `${cpus()[0]?.model.trim() ?? "unknown"}, ${cpus().length} cores`,
    commit: git(["rev-parse", "--short", "HEAD"]),
    data: environment.data,
    published: published[`${app} ${recipe}`] ?? "",
  };
  const rows = existsSync(rowsFile) ? (JSON.parse(readFileSync(rowsFile, "utf8")) as ResultRow[]) : [];
  const others = rows.filter((old) => old.app !== app || old.recipe !== recipe || old.seed !== row.seed);
  const all = [...others, row].sort((a, b) =>
    `${a.app} ${a.recipe} ${a.seed}`.localeCompare(`${b.app} ${b.recipe} ${b.seed}`),
  );
  writeFileSync(rowsFile, `${JSON.stringify(all, undefined, 2)}\n`);
  writeFileSync(pageFile, renderResults(all));
  console.log(JSON.stringify(row.metrics));
  return 0;
}

interface Scored {
  readonly split: string;
  readonly metrics: Record<string, number>;
  readonly baseline?: { readonly metrics: Record<string, number> };
  readonly baselines?: NonNullable<ResultRow["baselines"]>;
  readonly settings: string;
  readonly examples: number;
  readonly engine: string;
  readonly seed: number;
}

function trainRecipe(app: string, recipe: string, flags: { seed?: string; engine?: string }): string {
  const run = join(mkdtempSync(join(tmpdir(), "timestep-results-")), recipe);
  const seed = flags.seed === undefined ? [] : ["--seed", flags.seed];
  program(app, ["train", "--config", recipe, "--out", run, ...seed, ...engineFlag(flags.engine)]);
  return run;
}

function engineFlag(engine: string | undefined): string[] {
  return engine === undefined ? [] : ["--engine", engine];
}

/** Runs a program of apps/ from its sources; its standard output. */
function program(app: string, args: readonly string[]): string {
  const main = join(root, "apps", app, "src/main.ts");
  const all = ["--conditions=@timestep/source", "--import", "tsx", main, ...args];
  const { status, stdout } = spawnSync(process.execPath, all, {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
    maxBuffer: 1 << 28,
  });
  if (status !== 0)
    throw new Error(`timestep-${app} ${args[0] ?? ""} ended with exit code ${String(status)}`);
  return stdout;
}

function git(args: string[]): string {
  return spawnSync("git", args, { cwd: root, encoding: "utf8" }).stdout.trim();
}

try {
  process.exitCode = main();
} catch (error) {
  console.error(`error ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
