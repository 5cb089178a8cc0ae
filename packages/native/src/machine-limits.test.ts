import { describe, expect, it } from "vitest";
import { type Addon, loadAddon } from "./addon.js";
import { instructionSet, memoryBandwidth, peakOperations } from "./machine-limits.js";

/** The addon, or undefined where it was not built: its tests are then skipped. */
const addon = ((): Addon | undefined => {
  try {
    return loadAddon();
  } catch (failure) {
    console.warn(`tests of the machine's limits are skipped: ${String(failure)}`);
    return undefined;
  }
})();

describe.skipIf(addon === undefined)("the machine's limits", () => {
  it("lie above what a product reaches and below what no processor does", () => {
    const size = 96;
    const [a, b, c] = [1, 2, 3].map(() => new Float32Array(size * size)) as [
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    const loaded = addon as Addon;
    loaded.setThreads(1);
    const product = (): number => {
      const started = performance.now();
      loaded.matMul(a, b, c, 1, 1, Int32Array.of(0, 0), size, size, size, false, false);
      return (2 * size ** 3) / ((performance.now() - started) / 1000);
    };
    const reached = Array.from({ length: 50 }, product).sort((x, y) => x - y)[25] as number;
    const peak = peakOperations({ threads: 1, milliseconds: 50 });
    expect(peak).toBeGreaterThan(reached);
    expect(peak).toBeLessThan(1e12);
  });

  it("are those of a cache for a size that fits it", () => {
    const small = memoryBandwidth({ traffic: "read", threads: 1, bytes: 16 * 1024, milliseconds: 30 });
    const large = memoryBandwidth({ traffic: "triad", threads: 1, bytes: 256 * 2 ** 20, milliseconds: 60 });
    expect(large).toBeGreaterThan(0);
    expect(small).toBeGreaterThan(large);
  });

  it("come with the instruction set", () => {
    expect(["avx512", "avx2", "neon", "portable"]).toContain(instructionSet());
  });

  it.each([
    ["threads", { threads: 0 }],
    ["threads", { threads: 1.5 }],
    ["milliseconds", { threads: 1, milliseconds: 0 }],
  ])("refuse %s that do not fit", (name, options) => {
    expect(() => peakOperations(options)).toThrow(`${name} must be a whole number from 1`);
  });

  it("refuse a size that no memory has", () => {
    const options = { traffic: "read", threads: 1, bytes: 2 ** 40 } as const;
    expect(() => memoryBandwidth(options)).toThrow("bytes must be a whole number from 1 to 4294967296");
  });

  it("check what reaches C++", () => {
    const loaded = addon as Addon;
    expect(() => loaded.peak(0, 10)).toThrow("threads must be a whole number");
    expect(() => loaded.bandwidth("copy" as "read", 1, 1024, 10)).toThrow(
      'traffic must be "read" or "triad"',
    );
    expect(() => loaded.bandwidth("read", 1, -4, 10)).toThrow("bytes must be a whole number");
  });
});
