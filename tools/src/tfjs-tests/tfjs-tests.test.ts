import { registerNative } from "@timestep/native";
import { describe, expect, it } from "vitest";
import { count, type Outcome, regressions } from "./outcomes.js";
import { TfjsSuite } from "./suite.js";

const built = ((): boolean => {
  try {
    registerNative();
    return true;
  } catch (failure) {
    console.warn(`TF.js's own tests are skipped: ${String(failure)}`);
    return false;
  }
})();

const outcome = (name: string, status: Outcome["status"]): Outcome => ({ name, status, said: [] });

describe("comparing two runs", () => {
  const reference = [
    outcome("adds", "passed"),
    outcome("adds", "passed"),
    outcome("draws", "failed"),
    outcome("waits", "pending"),
  ];

  it("finds what fails, is skipped or is missing in the second", () => {
    const names = (other: Outcome[]): string[] => regressions(reference, other).map(({ name }) => name);
    expect(names(reference)).toEqual([]);
    expect(names([outcome("adds", "passed"), outcome("adds", "failed")])).toEqual(["adds"]);
    expect(names([outcome("adds", "pending"), outcome("adds", "passed")])).toEqual(["adds"]);
    expect(names([outcome("adds", "passed")])).toEqual(["adds (2)"]);
    expect(names([])).toEqual(["adds", "adds (2)"]);
  });

  it("counts", () => {
    expect(count(reference)).toEqual({ passed: 2, failed: 1, skipped: 1 });
  });
});

describe.skipIf(!built)("TF.js core's own tests", () => {
  it("pass on native where they pass on cpu", async () => {
    const suite = await TfjsSuite.bundle();
    try {
      const [cpu, native] = [await suite.run("cpu"), await suite.run("native")];
      // So many are in TF.js core 4.22: fewer would mean that some were not found.
      expect(count(cpu)).toMatchObject({ passed: 4227, failed: 0 });
      expect(regressions(cpu, native)).toEqual([]);
    } finally {
      await suite.remove();
    }
  }, 180_000);
});
