import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { startEngine } from "@timestep/engine";
import { parseGolden, type RecurrentGolden } from "@timestep/testing";
import { beforeAll, describe, expect, it } from "vitest";
import { checkRecurrentCase } from "./recurrent-case.js";

const folder = fileURLToPath(new URL("../../golden", import.meta.url));
const cases = readdirSync(folder)
  .filter((name) => name.endsWith(".json"))
  .map((name) => parseGolden(name, readFileSync(`${folder}/${name}`, "utf8")))
  .filter((golden): golden is RecurrentGolden => golden.type === "recurrent");

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
