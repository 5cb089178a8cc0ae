import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";

const sources = fileURLToPath(new URL("../../cpp", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "timestep-aarch64-"));
const compiler = "aarch64-linux-gnu-g++";
const flags = ["-std=c++17", "-I.", "-O2", "-ffp-contract=fast", "-pthread", "-static"];
const warnings = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"];

const starts = (command: string): boolean => spawnSync(command, ["--version"]).status === 0;
const emulator = ["qemu-aarch64-static", "qemu-aarch64"].find(starts);
const available = emulator !== undefined && starts(compiler);
if (!available) console.warn(`NEON is not tested: no ${compiler} or no qemu-aarch64`);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const run = promisify(execFile);
const products = ["avx512", "avx2", "neon", "portable"].map((set) => `gemm/gemm_${set}.cc`);
/** Compiled once for all programs. */
const objects = [...products, "gemm/gemm.cc", "support/thread_pool.cc"].map((source) => compile(source));

/** An object file for 64-bit ARM; empty where nothing can be compiled. */
async function compile(source: string): Promise<string> {
  const object = join(folder, `${source.replaceAll("/", "-")}.o`);
  if (available) await run(compiler, [...flags, ...warnings, "-c", source, "-o", object], { cwd: sources });
  return object;
}

/** Links a program for 64-bit ARM and gives what says what it prints there. */
async function onArm(name: string, units: readonly string[]): Promise<(set: string) => Promise<string>> {
  const program = join(folder, name);
  const linked = await Promise.all(objects);
  const args = [...flags, ...warnings, `test/${name}.cc`, ...units, ...linked, "-o", program];
  await run(compiler, args, { cwd: sources });
  return async (set) => {
    const env = { ...process.env, TIMESTEP_SIMD: set };
    return (await run(emulator as string, [program], { env })).stdout;
  };
}

describe.skipIf(!available)("C++ on 64-bit ARM, emulated", { concurrent: true, timeout: 120_000 }, () => {
  it("multiplies matrices", async () => {
    const said = await onArm("gemm_test", []);
    expect(await said("neon")).toMatch(/^neon: \d+ checks, 0 failures$/m);
    expect(await said("portable")).toMatch(/^portable: \d+ checks, 0 failures$/m);
  });

  it("has exp, sigmoid and tanh within the stated error", async () => {
    const said = await onArm("activations_test", ["support/activations.cc"]);
    expect(await said("neon")).toMatch(/^activations: all passed$/m);
  });
});
