import { startEngine } from "@timestep/engine";
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import type { MemoryUsed } from "./train-tagger.fixture.js";

const missing = await startEngine({ engine: "native" }).then(
  () => undefined,
  (failure: unknown) => String(failure),
);
if (missing !== undefined) console.warn(`the memory of the native engine is not tested: ${missing}`);

describe.skipIf(missing !== undefined)("500 training steps on the native engine", () => {
  it("reach a steady state: no new memory for results, no growth of the process", async () => {
    const program = fileURLToPath(new URL("./train-tagger.fixture.ts", import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [
      "--conditions=@timestep/source",
      "--import",
      "tsx",
      program,
    ]);
    const used = JSON.parse(stdout) as MemoryUsed[];
    const [first, last] = [used[1], used.at(-1)] as [MemoryUsed, MemoryUsed];
    expect(first.step).toBe(100);
    expect(last.step).toBe(500);
    expect(first.keptBytes).toBeGreaterThan(1e6); // between steps it waits for the next one
    expect(last.keptBytes).toBe(first.keptBytes);
    expect(last.allocatedBytes).toBe(first.allocatedBytes);
    // The garbage collector's own ups and downs are some MB; what the steps compute is far more than this.
    expect(last.residentBytes - first.residentBytes).toBeLessThan(32 * 2 ** 20);
  }, 120_000);
});
