import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { startEngine } from "@timestep/engine";
import { type CtcGolden, parseGolden, type RecurrentGolden } from "@timestep/testing";
import { beforeAll, describe, expect, it } from "vitest";
import { checkCtcCase } from "./ctc-case.js";
import { checkRecurrentCase } from "./recurrent-case.js";

const folder = fileURLToPath(new URL("../../golden", import.meta.url));
const all = readdirSync(folder)
  .filter((name) => name.endsWith(".json"))
  .map((name) => parseGolden(name, readFileSync(`${folder}/${name}`, "utf8")));
const cases = all.filter((golden): golden is RecurrentGolden => golden.type === "recurrent");
const ctcCases = all.filter((golden): golden is CtcGolden => golden.type === "ctc");

/** Whether the addon is built here; its runs are skipped otherwise. */
const native = await startEngine({ engine: "native" }).then(
  () => true,
  () => false,
);

describe.each(["cpu", "wasm"])("PyTorch's layers on %s", (engine) => {
  beforeAll(async () => {
    await startEngine({ engine });
  });

  describe.each(["reference", "fused"] as const)("by the %s path", (path) => {
    it.each(cases.map((golden) => [golden.name, golden] as const))("agree with %s", (_, golden) => {
      expect(checkRecurrentCase(golden, path).largest).toBeLessThan(1e-4);
    });
  });

  it("differ when a weight is changed", () => {
    const [golden] = cases;
    if (golden === undefined) throw new Error("there are no golden cases");
    const weights = new Map(golden.weights);
    for (const [name, values] of weights) {
      weights.set(name, { ...values, data: values.data.map((value) => value + 1e-2) });
      break;
    }
    expect(checkRecurrentCase({ ...golden, weights }, "fused").largest).toBeGreaterThan(1e-4);
  });
});

describe.each(["native", "wasm", "cpu"])("PyTorch's CTC loss on %s", (engine) => {
  const skipped = engine === "native" && !native;
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
