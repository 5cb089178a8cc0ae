import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { arch, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";

const sources = fileURLToPath(new URL("../../cpp", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "timestep-sanitizers-"));
const compiler = process.env["CXX"] ?? "c++";
const flags = ["-std=c++17", "-I.", "-O1", "-g", "-pthread", "-Wall", "-Wextra", "-Wpedantic", "-Werror"];
const sanitizers = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"];
const x64 = arch() === "x64";

/** What a program prints; throws with all that it said when it fails. */
async function run(command: string, args: string[], env: Record<string, string> = {}): Promise<string> {
  const options = { cwd: sources, env: { ...process.env, ...env } };
  return (await promisify(execFile)(command, args, options)).stdout;
}

/** Whether this machine's compiler links programs with the sanitizers. */
const available = ((): boolean => {
  const program = ["-x", "c++", "-", "-o", join(folder, "probe")];
  const { status } = spawnSync(compiler, [...sanitizers, ...program], { input: "int main() { return 0; }" });
  if (status !== 0) console.warn("sanitizer tests are skipped: no C++ compiler with the sanitizer libraries");
  return status === 0;
})();

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Compiled once for all programs, whichever asks first. */
const objects = new Map<string, Promise<string>>();

function compile(source: string): Promise<string> {
  const own = x64
    ? ({ "gemm/gemm_avx512.cc": ["-mavx512f", "-mfma"], "gemm/gemm_avx2.cc": ["-mavx2", "-mfma"] }[source] ??
      [])
    : [];
  const object = join(folder, `${source.replaceAll("/", "-")}.o`);
  const done =
    objects.get(source) ??
    run(compiler, [...flags, ...sanitizers, ...own, "-c", source, "-o", object]).then(() => object);
  objects.set(source, done);
  return done;
}

const products = [
  ...["gemm/gemm_avx512.cc", "gemm/gemm_avx2.cc", "gemm/gemm_neon.cc", "gemm/gemm_portable.cc"],
  ...["gemm/gemm.cc", "support/thread_pool.cc"],
];

/** Builds a program of `units` with both sanitizers and runs it on every set that this processor has. */
async function onEverySet(name: string, units: readonly string[], wanted: RegExp): Promise<void> {
  const program = join(folder, name);
  const linked = await Promise.all(units.map(compile));
  await run(compiler, [...flags, ...sanitizers, `test/${name}.cc`, ...linked, "-o", program]);
  // The program takes the next best for a set that is not there.
  for (const set of ["avx512", "avx2", "portable"]) {
    expect(await run(program, [], { TIMESTEP_SIMD: set })).toMatch(wanted);
  }
}

// Side by side: most of the time is the compiler's.
const title = "C++ under the address and undefined-behaviour sanitizers";
describe.skipIf(!available)(title, { concurrent: true, timeout: 300_000 }, () => {
  it("multiplies matrices and shares work", async () => {
    await onEverySet("gemm_test", products, /^\w+: \d+ checks, 0 failures$/m);
  });

  it("runs recurrent sequences as their formulas say, with gradients by central differences", async () => {
    const cells = [
      "recurrent/recurrent_steps.cc",
      "recurrent/recurrent_lstm.cc",
      "recurrent/recurrent_gru.cc",
      "recurrent/recurrent_elman.cc",
    ];
    await onEverySet("recurrent_test", [...products, ...cells], /^recurrent kernels: all passed$/m);
  });

  it("convolves and pools as the sums say, whatever the window", async () => {
    const units = [
      "convolution/convolution.cc",
      "convolution/depthwise.cc",
      "convolution/pooling.cc",
      "convolution/channels.cc",
    ];
    await onEverySet("convolution_test", [...products, ...units], /^convolutions: \d+ windows, all passed$/m);
  });

  it("aligns labels with frames as an enumeration does, with gradients by central differences", async () => {
    await onEverySet("ctc_test", [...products, "losses/ctc.cc"], /^ctc: all passed$/m);
  });

  it("scores tag sequences as the sums over every path do", async () => {
    const units = ["losses/crf.cc", "losses/crf_log.cc", "losses/crf_steps.cc", "losses/crf_viterbi.cc"];
    await onEverySet("crf_test", [...products, ...units], /^crf: all passed$/m);
  });

  it("normalises rows, stretches operands and takes optimisers' steps", async () => {
    const units = ["rows/rows.cc", "tensors/broadcast.cc", "optimiser/optimiser.cc"];
    await onEverySet("layers_test", [...products, ...units], /^layers: all passed$/m);
  });

  it("moves numbers as plain loops do", async () => {
    await onEverySet("layout_test", [...products, "tensors/layout.cc"], /^layout: all passed$/m);
  });

  it("runs tree LSTMs as their formulas say, with gradients by central differences", async () => {
    await onEverySet(
      "tree_test",
      [...products, "trees/tree_rows.cc", "trees/tree_lstm.cc"],
      /^trees: all passed$/m,
    );
  }, 120_000);

  it("scores rows against a vocabulary as plain loops do, and picks the best of each", async () => {
    const own = ["vocabulary_loops", "projected_cross_entropy", "top_rows"];
    const units = own.map((unit) => `vocabulary/${unit}.cc`);
    await onEverySet("vocabulary_test", [...products, ...units], /^vocabulary: all passed$/m);
  }, 120_000);

  it("runs attention decoders as their formulas say, with gradients by central differences", async () => {
    const rows = ["recurrent/recurrent_steps.cc", "decoder/attention_rows.cc"];
    const units = [...rows, "decoder/attention_forward.cc", "decoder/attention_backward.cc"];
    await onEverySet("attention_test", [...products, ...units], /^attention: all passed$/m);
  });

  it("has exp, sigmoid and tanh within the stated error", async () => {
    await onEverySet(
      "activations_test",
      [...products, "support/activations.cc"],
      /^activations: all passed$/m,
    );
  });

  it("measures the machine without leaving its memory", async () => {
    await onEverySet("peak_test", [...products, "machine/peak.cc"], /^peak: all passed$/m);
  });
});
