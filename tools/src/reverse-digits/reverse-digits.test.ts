import { readFile } from "node:fs/promises";
import { memorySource, parallelFacts, readParallelCorpus, requirePairs, sha256 } from "@timestep/data";
import { describe, expect, it } from "vitest";
import { type Manifest } from "../samples/manifest.js";
import { LONGEST, REVERSE_SEED, SHORTEST, SIZES } from "./generate.js";
import { reverseSamples } from "./write.js";

const SPLITS = ["train", "dev", "test"] as const;
const committed = (path: string): Promise<string> =>
  readFile(new URL(`../../../data/${path}`, import.meta.url), "utf8");
const texts = Object.fromEntries(
  await Promise.all(
    SPLITS.map(async (split) => [`${split}.tsv`, await committed(`reverse-digits/${split}.tsv`)] as const),
  ),
);
const corpus = await readParallelCorpus(memorySource("reverse-digits", texts));

describe("data/reverse-digits", () => {
  it("is what the generator writes, byte for byte", async () => {
    for (const { path, text } of reverseSamples(REVERSE_SEED)) expect(await committed(path), path).toBe(text);
  });

  it("is described by the manifest", async () => {
    const manifest = JSON.parse(await committed("manifest.json")) as Manifest;
    for (const split of SPLITS) {
      const entry = manifest.files.find((file) => file.path === `reverse-digits/${split}.tsv`);
      const bytes = new TextEncoder().encode(texts[`${split}.tsv`]);
      expect(entry).toMatchObject({
        bytes: bytes.length,
        sha256: await sha256(bytes),
        examples: SIZES[split],
      });
    }
  });

  it("is read without warnings, and each target is its source backwards", () => {
    expect(corpus.warnings).toEqual([]);
    for (const split of SPLITS) {
      const pairs = requirePairs(corpus, split);
      expect(pairs).toHaveLength(SIZES[split]);
      for (const { source, target } of pairs) {
        expect(source).toMatch(/^\d( \d)*$/);
        expect(target).toBe([...source].reverse().join(""));
      }
    }
  });

  it("has every length and every digit in each split, and no string twice", () => {
    const { splits, overlaps } = parallelFacts(corpus);
    for (const split of SPLITS) {
      const sources = requirePairs(corpus, split).map(({ source }) => source);
      const lengths = [...new Set(sources.map((source) => source.split(" ").length))].sort();
      expect(lengths).toEqual(Array.from({ length: LONGEST - SHORTEST + 1 }, (_, i) => SHORTEST + i));
      expect(new Set(sources.join(" ").split(" ")).size).toBe(10);
      expect(splits.get(split)?.source.distinct).toBe(SIZES[split]);
    }
    expect(overlaps.map(({ source }) => source)).toEqual([0, 0, 0]);
  });
});
