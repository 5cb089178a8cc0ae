// TF.js core's own tests on the native engine: every one that passes on the stock cpu backend must pass there too.
import { parseArgs } from "node:util";
import { count, type Outcome, regressions } from "./outcomes.js";
import { type SuiteEngine, suiteEngines, TfjsSuite } from "./suite.js";

const usage = `usage: npm run tfjs-tests -- [--engine native|cpu] [--json]
  without --engine, runs on both and fails when a test that passes on cpu does not on native`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { engine: { type: "string" }, json: { type: "boolean", default: false } },
  });
  const engine = suiteEngines.find((name) => name === values.engine);
  if (values.engine !== undefined && engine === undefined) {
    console.error(`no engine "${values.engine}" here\n${usage}`);
    return 2;
  }
  const suite = await TfjsSuite.bundle();
  try {
    const outcomes = new Map<SuiteEngine, Outcome[]>();
    for (const each of engine === undefined ? suiteEngines : [engine]) {
      outcomes.set(each, await suite.run(each));
    }
    const cpu = outcomes.get("cpu");
    const native = outcomes.get("native");
    const broken =
      cpu !== undefined && native !== undefined
        ? regressions(cpu, native)
        : [...outcomes.values()].flat().filter(({ status }) => status === "failed");
    const counts = Object.fromEntries([...outcomes].map(([name, each]) => [name, count(each)]));
    if (values.json) console.log(JSON.stringify({ counts, broken }));
    else {
      for (const [name, { passed, failed, skipped }] of Object.entries(counts))
        console.log(`${name.padEnd(7)} ${passed} passed, ${failed} failed, ${skipped} skipped`);
      console.log(
        engine === undefined ? `pass on cpu but not on native: ${broken.length}` : `fail: ${broken.length}`,
      );
      for (const { name, said } of broken) console.log(`\n${name}\n  ${said.join("\n  ").slice(0, 500)}`);
    }
    return broken.length > 0 ? 1 : 0;
  } finally {
    await suite.remove();
  }
}

process.exitCode = await main();
