import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { requireSplit } from "../../corpus/corpus.js";
import { type DataSource } from "../../io/source.js";
import { FeatureExtractor } from "../features/extract.js";
import { digitStrings } from "../strings/digit-strings.js";
import { clipSeconds } from "../wav/clip.js";
import { readSpokenCorpus } from "./read-spoken.js";

const root = process.env["TIMESTEP_DATA"];

function source(name: string): DataSource {
  const folder = join(root ?? "", name);
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return {
    name,
    files: files.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return { name: path.slice(folder.length + 1), bytes: () => Promise.resolve(readFileSync(path)) };
    }),
  };
}

describe.skipIf(root === undefined)(
  "real recordings (set TIMESTEP_DATA to the folder that holds fsdd and an4-tiny)",
  () => {
    it("of digits have their published counts and length", async () => {
      const corpus = await readSpokenCorpus(source("fsdd"));
      expect(corpus.format).toBe("digits");
      expect(corpus.warnings).toEqual([]);
      const sizes = Object.entries(corpus.splits).map(([split, examples]) => [split, examples.length]);
      expect(sizes).toEqual([
        ["train", 2400],
        ["dev", 300],
        ["test", 300],
      ]);
      const clips = await Promise.all(requireSplit(corpus, "test").map((example) => example.audio()));
      expect(clips.every(({ sampleRateHz }) => sampleRateHz === 8000)).toBe(true);
      const extractor = new FeatureExtractor();
      for (const clip of clips.slice(0, 50)) {
        const { frames, values } = extractor.run(clip);
        expect(frames).toBe(Math.max(1, Math.floor((clip.samples.length - 200) / 80) + 1));
        expect(values.every(Number.isFinite)).toBe(true);
      }
    });

    it("of digits leave one speaker of six out", async () => {
      const corpus = await readSpokenCorpus(source("fsdd"), { holdOut: "theo" });
      const sizes = Object.values(corpus.splits).map((examples) => examples.length);
      expect(sizes).toEqual([2000, 250, 500]);
    });

    it("join to strings that last as long as their parts", async () => {
      const test = requireSplit(await readSpokenCorpus(source("fsdd")), "test");
      const settings = { count: 12, minGapSeconds: 0.1, maxGapSeconds: 0.1 };
      for (const string of digitStrings(test, settings)) {
        const seconds = clipSeconds(await string.audio());
        expect(seconds).toBeGreaterThan(0.2 * string.text.split(" ").length);
        expect(seconds).toBeLessThan(2.5 * string.text.split(" ").length + 0.2);
      }
    });

    it("of commands are read by their table, and last as long as it says", async () => {
      const corpus = await readSpokenCorpus(source("an4-tiny"), { alphabet: "abcdefghijklmnopqrstuvwxyz '" });
      expect([requireSplit(corpus, "train").length, requireSplit(corpus, "test").length]).toEqual([41, 10]);
      for (const example of requireSplit(corpus, "train")) {
        const clip = await example.audio();
        expect(clip.sampleRateHz).toBe(16_000);
        expect(Math.abs(clipSeconds(clip) - (example.seconds ?? 0))).toBeLessThan(0.06);
      }
    });
  },
);
