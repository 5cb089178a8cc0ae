import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { RunPath } from "@timestep/core";
import { startEngine } from "@timestep/engine";
import { type CtcGolden, offerSoftwareGpu, parseGolden, type RecurrentGolden } from "@timestep/testing";
import { beforeAll, describe, expect, it } from "vitest";
import { checkCtcCase } from "./ctc-case.js";
import { checkRecurrentCase } from "./recurrent-case.js";

/** What a machine may lack: a compiler, a GPU. */
const optionalEngines = ["native", "webgpu"];

const folder = fileURLToPath(new URL("../../golden", import.meta.url));
const all = readdirSync(folder)
  .filter((name) => name.endsWith(".json"))
  .map((name) => parseGolden(name, readFileSync(`${folder}/${name}`, "utf8")));
const cases = all.filter((golden): golden is RecurrentGolden => golden.type === "recurrent");
const ctcCases = all.filter((golden): golden is CtcGolden => golden.type === "ctc");

const engines: readonly (readonly [engine: string, paths: readonly RunPath[]])[] = [
  ["cpu", ["reference", "fused"]],
  ["wasm", ["reference", "fused"]],
  ["native", ["reference", "fused", "kernel"]],
  ["webgpu", ["reference", "fused"]],
];

offerSoftwareGpu();
const missing = new Map<string, string>();
for (const [engine] of engines) {
  try {
    await startEngine({ engine });
  } catch (error) {
    if (!optionalEngines.includes(engine)) throw error;
    missing.set(engine, error instanceof Error ? error.message : String(error));
    console.warn(`golden cases on ${engine} are skipped: ${missing.get(engine)}`);
  }
}

describe.each(engines)("PyTorch's layers on %s", (engine, paths) => {
  beforeAll(async () => {
    if (!missing.has(engine)) await startEngine({ engine });
  });

  describe.skipIf(missing.has(engine)).each(paths)("by the %s path", (path) => {
    it.each(cases.map((golden) => [golden.name, golden] as const))("agree with %s", async (_, golden) => {
      expect((await checkRecurrentCase(golden, path)).largest).toBeLessThan(1e-4);
    });
  });

  it.skipIf(missing.has(engine))("differ when a weight is changed", async () => {
    const [golden] = cases;
    if (golden === undefined) throw new Error("there are no golden cases");
    const weights = new Map(golden.weights);
    for (const [name, values] of weights) {
      weights.set(name, { ...values, data: values.data.map((value) => value + 1e-2) });
      break;
    }
    expect((await checkRecurrentCase({ ...golden, weights }, "fused")).largest).toBeGreaterThan(1e-4);
  });
});

describe.each(["native", "wasm", "cpu"])("PyTorch's CTC loss on %s", (engine) => {
  const skipped = missing.has(engine);
  beforeAll(async () => {
    if (!skipped) await startEngine({ engine });
  });

  const paths = engine === "native" ? (["reference", "kernel"] as const) : (["reference"] as const);
  describe.skipIf(skipped).each(paths)("by the %s path", (path) => {
    it.each(ctcCases.map((golden) => [golden.name, golden] as const))("agrees with %s", (_, golden) => {
      expect(checkCtcCase(golden, path).largest).toBeLessThan(1e-5);
    });

    it("differs when labels are changed", () => {
      const golden = ctcCases.find(({ targetLengths }) => targetLengths.includes(1)) as CtcGolden;
      const targets = golden.targets.map((row) => row.map((label) => (label === 3 ? 1 : label)));
      expect(checkCtcCase({ ...golden, targets }, path).largest).toBeGreaterThan(1e-3);
    });
  });
});
