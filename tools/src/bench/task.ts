import { spawn } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

/** Tasks that have a program with a `bench` verb, by the name of their folder under apps/. */
export const taskNames: readonly string[] = ["slots", "sentiment", "translate", "speech", "caption"];

/** Costs are times in units of the reference product of the same run: these may not rise above the baseline's. */
const guarded = ["trainCost", "predictCost"] as const;

/** How much a cost may rise before the check fails: what noise alone was seen to do, and a margin. */
const tolerance = 1.5;

type Figures = Record<string, unknown>;

/**
 * Runs a task's `bench` verb. With `check`, holds its costs against the committed baseline; with `update`, writes the
 * baseline anew.
 */
export async function benchTask(
  task: string,
  options: { json: boolean; check: boolean; update: boolean },
): Promise<number> {
  const baselineFile = fileURLToPath(new URL(`../../../apps/${task}/bench-baseline.json`, import.meta.url));
  const figures = await runBench(task);
  console.log(options.json ? JSON.stringify(figures) : list(figures));
  if (options.update) {
    const kept = Object.fromEntries(["engine", ...guarded].map((name) => [name, figures[name]]));
    await writeFile(baselineFile, `${JSON.stringify(kept, undefined, 2)}\n`);
    return 0;
  }
  if (!options.check) return 0;
  const baseline = JSON.parse(await readFile(baselineFile, "utf8")) as Figures;
  if (baseline["engine"] !== figures["engine"]) {
    console.error(
      `bench: the baseline is for engine ${String(baseline["engine"])}, this run used ${String(figures["engine"])}; nothing compared.`,
    );
    return 0;
  }
  let failed = 0;
  for (const name of guarded) {
    const ratio = Number(figures[name]) / Number(baseline[name]);
    const good = ratio <= tolerance;
    if (!good) failed++;
    console.error(
      `bench: ${task} ${name} ${ratio.toFixed(2)} of the baseline, ${good ? "within" : "above"} ${tolerance}`,
    );
  }
  return failed === 0 ? 0 : 1;
}

function runBench(task: string): Promise<Figures> {
  const program = fileURLToPath(new URL(`../../../apps/${task}/src/main.ts`, import.meta.url));
  const child = spawn(
    process.execPath,
    ["--conditions=@timestep/source", "--import", "tsx", program, "bench", "--json"],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  let output = "";
  child.stdout.setEncoding("utf8");
  child.stdout.on("data", (chunk: string) => (output += chunk));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve(JSON.parse(output) as Figures);
      else reject(new Error(`bench of ${task} ended with exit code ${String(code)}`));
    });
  });
}

function list(figures: Figures): string {
  return Object.entries(figures)
    .map(
      ([name, value]) =>
        `${name.padEnd(24)} ${typeof value === "number" ? Number(value.toPrecision(4)) : String(value)}`,
    )
    .join("\n");
}
