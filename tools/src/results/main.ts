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

/**
 * `npm run results -- APP RECIPE`: trains and evaluates a recipe and writes its row in docs/results.md. With `--each` it
 * does so for each value of a setting, such as the speaker who is held out; the row then has their mean.
 */
function main(): number {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      run: { type: "string", multiple: true },
      each: { type: "string" },
      seed: { type: "string" },
      engine: { type: "string" },
    },
  });
  const [app, recipe] = positionals;
  if (app === undefined || recipe === undefined) {
    console.error(
      "usage: npm run results -- APP RECIPE [--each SETTING=A,B,…] [--run DIR]… [--seed N] [--engine E]\n" +
        "  --each takes the mean over the values of a setting\n" +
        "  --run takes a run that `train --config RECIPE` made instead of training anew; with --each one for each value",
    );
    return 2;
  }
  const variants = variantsOf(values.each);
  const given = values.run ?? [];
  if (given.length > 0 && given.length !== variants.length)
    throw new Error(`--run was given ${given.length} times, for ${variants.length} trainings`);
  const measured = variants.map(({ name, set }, index) => {
    const run = given[index] ?? trainRecipe(app, recipe, set, values);
    return { name, ...measure(app, run, values.engine) };
  });
  const [{ scored, environment }] = measured as [(typeof measured)[0]];
  const mean = (pick: (one: (typeof measured)[0]) => number): number =>
    measured.reduce((total, one) => total + pick(one), 0) / measured.length;
  const means = (pick: (one: Scored) => Readonly<Record<string, number>>): Record<string, number> =>
    Object.fromEntries(
      Object.keys(pick(scored)).map((name) => [name, mean((one) => pick(one.scored)[name] as number)]),
    );
  const row: ResultRow = {
    app,
    recipe,
    split: scored.split,
    metrics: means(({ metrics }) => metrics),
    baseline: means(({ baseline }) => baseline?.metrics ?? {}),
    ...(scored.baselines === undefined || measured.length > 1 ? {} : { baselines: scored.baselines }),
    ...(measured.length === 1
      ? {}
      : { parts: measured.map(({ name, scored: { metrics } }) => ({ name, metrics })) }),
    settings: scored.settings,
    examples: measured.reduce((total, one) => total + one.scored.examples, 0),
    seed: scored.seed,
    minutes: mean(({ minutes }) => minutes),
    epochs: Math.round(mean(({ epochs }) => epochs)),
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

/** What `--each` names: a training for each value of its setting; without it one, as the recipe says. */
function variantsOf(each: string | undefined): { name: string; set: string[] }[] {
  if (each === undefined) return [{ name: "", set: [] }];
  const [, setting, list] = /^([^=]+)=(.+)$/.exec(each) ?? [];
  if (setting === undefined || list === undefined)
    throw new Error(`--each must be SETTING=A,B,…; got ${JSON.stringify(each)}`);
  return list.split(",").map((value) => ({ name: value, set: [`${setting}=${value}`] }));
}

/** Scores a run on its test split, once. */
function measure(app: string, run: string, engine: string | undefined) {
  const scored = JSON.parse(
    program(app, ["evaluate", "--run", run, "--json", ...engineFlag(engine)]),
  ) as Scored;
  const history = readFileSync(join(run, "metrics.jsonl"), "utf8").trim().split("\n");
  const { minutes, epoch } = JSON.parse(history.at(-1) ?? "{}") as { minutes: number; epoch: number };
  const environment = JSON.parse(readFileSync(join(run, "environment.json"), "utf8")) as {
    data: Record<string, string>;
  };
  return { scored, minutes, epochs: epoch, environment };
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

function trainRecipe(
  app: string,
  recipe: string,
  set: readonly string[],
  flags: { seed?: string; engine?: string },
): string {
  const run = join(mkdtempSync(join(tmpdir(), "timestep-results-")), recipe);
  const seed = flags.seed === undefined ? [] : ["--seed", flags.seed];
  const settings = set.length === 0 ? [] : ["--set", ...set];
  program(app, [
    "train",
    "--config",
    recipe,
    "--out",
    run,
    ...seed,
    ...settings,
    ...engineFlag(flags.engine),
  ]);
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
