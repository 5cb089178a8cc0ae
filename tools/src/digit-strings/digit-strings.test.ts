import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readSpokenCorpus, requireSplit, writeWav } from "@timestep/data";
import { openDataSource } from "@timestep/training/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeDigitStrings } from "./write.js";

let folder = "";
/** Recordings of ones and twos whose amplitude tells their index: 1/64 for test, 2/64 for train, 3/64 for dev. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "digit-strings-"));
  await mkdir(join(folder, "fsdd"));
  for (const speaker of ["ann", "bob"]) {
    for (const digit of [1, 2]) {
      for (const [index, level] of [
        [0, 1],
        [9, 2],
        [49, 3],
      ] as const) {
        const samples = new Float32Array(1600).fill(level / 64);
        const path = join(folder, "fsdd", `${digit}_${speaker}_${index}.wav`);
        await writeFile(path, writeWav({ samples, sampleRateHz: 8000 }));
      }
    }
  }
});
afterAll(() => rm(folder, { recursive: true }));

const run = (...args: string[]): { status: number | null; stdout: string; stderr: string } =>
  spawnSync(
    process.execPath,
    [
      "--conditions=@timestep/source",
      "--import",
      "tsx",
      fileURLToPath(new URL("main.ts", import.meta.url)),
      ...args,
    ],
    { encoding: "utf8" },
  );

describe("digit strings on disk", () => {
  it("are read back as written, each split joined from its own recordings alone", async () => {
    const out = join(folder, "out");
    const rows = await writeDigitStrings(join(folder, "fsdd"), out, {
      counts: { train: 6, dev: 2, test: 3 },
      seed: 1,
    });
    const corpus = await readSpokenCorpus(await openDataSource(out));
    expect(corpus.warnings).toEqual([]);
    for (const [split, level] of [
      ["test", 1],
      ["train", 2],
      ["dev", 3],
    ] as const) {
      const examples = requireSplit(corpus, split);
      expect(examples.map(({ text }) => text)).toEqual(
        rows.filter((row) => row.split === split).map(({ text }) => text),
      );
      for (const example of examples) {
        const { samples } = await example.audio();
        // Noise of -60 dB lies far below the quietest recording.
        const loud = samples.filter((sample) => sample > 0.008);
        expect(loud.every((sample) => Math.abs(sample - level / 64) < 1e-4)).toBe(true);
        expect(loud).toHaveLength(1600 * example.text.split(" ").length);
      }
    }
  });

  it("are the same for the same seed, and can hold a speaker out", async () => {
    const options = {
      counts: { train: 2, dev: 0, test: 2 },
      seed: 5,
      holdOut: "bob",
      spelling: "words",
    } as const;
    for (const name of ["one", "two"])
      await writeDigitStrings(join(folder, "fsdd"), join(folder, name), options);
    const files = await readdir(join(folder, "one", "wav"));
    expect(files).toHaveLength(4);
    for (const file of files) {
      expect(await readFile(join(folder, "one/wav", file))).toEqual(
        await readFile(join(folder, "two/wav", file)),
      );
    }
    const corpus = await readSpokenCorpus(await openDataSource(join(folder, "one")));
    expect(requireSplit(corpus, "test").every(({ speaker }) => speaker === "bob")).toBe(true);
    expect(requireSplit(corpus, "train").every(({ speaker }) => speaker === "ann")).toBe(true);
    expect(requireSplit(corpus, "train")[0]?.text).toMatch(/^(one|two)( one| two)*$/);
  });

  it("are written by a program that refuses bad usage and folders in use", () => {
    const done = run(join(folder, "fsdd"), join(folder, "cli"), "--train", "2", "--dev", "1", "--test", "1");
    expect(done.stdout).toMatch(/cli: 4 strings, 0\.\d minutes\n$/);
    expect(done.status).toBe(0);
    const again = run(join(folder, "fsdd"), join(folder, "cli"));
    expect([again.status, again.stderr]).toEqual([
      2,
      expect.stringContaining("ConfigError OUT_EXISTS") as string,
    ]);
    for (const args of [[], ["a"], ["a", "b", "--train", "x"], ["a", "b", "--what"]]) {
      const { status, stderr } = run(...args);
      expect([status, stderr]).toEqual([2, expect.stringContaining("usage:") as string]);
    }
  }, 60_000);
});
