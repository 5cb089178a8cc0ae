import { readdir, readFile, stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { clipSeconds, readSpokenCorpus, requireSplit, sha256, trimSilence } from "@timestep/data";
import { openDataSource } from "@timestep/training/node";
import { describe, expect, it } from "vitest";
import { type Manifest } from "../samples/manifest.js";
import { planClips } from "./plan.js";

const folder = fileURLToPath(new URL("../../../data/", import.meta.url));
const corpus = await readSpokenCorpus(await openDataSource(`${folder}spoken`));
const SPLITS = ["train", "dev", "test"] as const;
const all = SPLITS.flatMap((split) => requireSplit(corpus, split).map((example) => ({ split, ...example })));

describe("the spoken samples", () => {
  it("are those of the plan, and nothing is left out", async () => {
    expect(corpus.warnings).toEqual([]);
    const planned = planClips().map(({ split, name, text, speaker }) => [
      split,
      `wav/${name}.wav`,
      text,
      speaker.name,
    ]);
    const read = all.map(({ split, id, text, speaker }) => [split, id, text, speaker]);
    expect(read.toSorted()).toEqual(planned.toSorted());
    expect(await readdir(`${folder}spoken/wav`)).toHaveLength(planned.length);
  });

  it("have every word and speaker in every split, and words said twice in training", () => {
    for (const split of SPLITS) {
      const examples = requireSplit(corpus, split);
      expect(new Set(examples.flatMap(({ text }) => text.split(" "))).size).toBe(6);
      expect(new Set(examples.map(({ speaker }) => speaker)).size).toBe(6);
    }
    expect(requireSplit(corpus, "train").some(({ text }) => /^(\S+) \1$/.test(text))).toBe(true);
    expect(requireSplit(corpus, "test").some(({ text }) => /^(\S+) \1$/.test(text))).toBe(true);
  });

  it("are 8 kHz, as long as their table says, with speech from end to end", async () => {
    for (const example of all) {
      const clip = await example.audio();
      expect(clip.sampleRateHz).toBe(8000);
      expect(clipSeconds(clip)).toBeCloseTo(example.seconds ?? 0, 3);
      expect(Math.max(...clip.samples)).toBeGreaterThan(0.2);
      const { start, end } = trimSilence(clip, { rangeDecibels: 40, marginSeconds: 0 });
      expect(start).toBeLessThan(0.06);
      expect(clipSeconds(clip) - end).toBeLessThan(0.06);
    }
  });

  it("are in the manifest with their checksums, and small", async () => {
    const { files } = JSON.parse(await readFile(`${folder}manifest.json`, "utf8")) as Manifest;
    const own = files.filter(({ path }) => path.startsWith("spoken/"));
    expect(own).toHaveLength(all.length + 1);
    for (const { path, bytes, sha256: sum } of own) {
      expect((await stat(folder + path)).size).toBe(bytes);
      expect(await sha256(await readFile(folder + path))).toBe(sum);
    }
    expect(own.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThan(700_000);
  });
});
