import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { startEngine, type EngineReport } from "@timestep/engine";
import { type GoldenCase, parseGolden } from "@timestep/testing";
import { checkCtcCase } from "./ctc-case.js";
import { type CaseError, checkRecurrentCase } from "./recurrent-case.js";

/** Above this relative error a case has failed. */
const tolerance = 1e-4;

/** `npm run golden -- DIR`: every case file in DIR on every engine that starts. */
async function main(folder: string | undefined): Promise<number> {
  if (folder === undefined) {
    console.error("usage: npm run golden -- DIR   (a folder with golden case files, *.json)");
    return 2;
  }
  let names: string[];
  try {
    names = (await readdir(folder)).filter((name) => name.endsWith(".json")).sort();
  } catch {
    console.error(`error GOLDEN_FOLDER: cannot read the folder "${folder}".`);
    return 2;
  }
  if (names.length === 0) {
    console.error(`error GOLDEN_FOLDER: "${folder}" holds no case files (*.json).`);
    return 2;
  }
  const tally = { passed: 0, failed: 0 };
  for (const engine of ["native", "wasm", "webgpu", "cpu"]) {
    const started = await tryStart(engine);
    if (started === undefined) continue;
    console.log(`${started.name} (${started.reason})`);
    for (const name of names) await checkFile(folder, name, engine, tally);
  }
  console.log(`${tally.passed} passed, ${tally.failed} failed`);
  return tally.failed === 0 && tally.passed > 0 ? 0 : 1;
}

async function tryStart(engine: string): Promise<EngineReport | undefined> {
  try {
    return await startEngine({ engine });
  } catch (error) {
    console.log(`${engine}: passed over, ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

/** The case by each path that the engine has; CTC has none on webgpu, where nothing is read at once. */
async function* runs(golden: GoldenCase, engine: string): AsyncGenerator<[path: string, error: CaseError]> {
  const kernel = engine === "native" ? (["kernel"] as const) : [];
  if (golden.type === "ctc") {
    if (engine === "webgpu") return;
    for (const path of ["reference", ...kernel] as const) yield [path, checkCtcCase(golden, path)];
  } else {
    for (const path of ["reference", "fused", ...kernel] as const) {
      yield [path, await checkRecurrentCase(golden, path)];
    }
  }
}

async function checkFile(
  folder: string,
  name: string,
  engine: string,
  tally: { passed: number; failed: number },
): Promise<void> {
  try {
    const golden = parseGolden(name, await readFile(join(folder, name), "utf8"));
    for await (const [path, { largest, where }] of runs(golden, engine)) {
      const good = largest <= tolerance;
      if (good) tally.passed++;
      else tally.failed++;
      const label = `${name} ${path}`.padEnd(52);
      console.log(
        `  ${good ? "passed " : "FAILED "}  ${label} largest relative error ${largest.toExponential(1)} in ${where}`,
      );
    }
  } catch (error) {
    tally.failed++;
    console.log(`  FAILED   ${name}  ${error instanceof Error ? error.message : String(error)}`);
  }
}

process.exitCode = await main(process.argv[2]);
