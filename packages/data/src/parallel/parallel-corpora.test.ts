import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type DataSource } from "../io/source.js";
import { sentenceKey } from "./divide-pairs.js";
import { requirePairs } from "./parallel-corpus.js";
import { readParallelCorpus } from "./read-parallel.js";

const folder = process.env["TIMESTEP_DATA"];

function source(name: string, files: readonly string[]): DataSource {
  return {
    name,
    files: files.map((file) => ({
      name: file,
      bytes: () => Promise.resolve(readFileSync(join(folder ?? "", name, file))),
    })),
  };
}

describe.skipIf(folder === undefined)(
  "real corpora (set TIMESTEP_DATA to the folder that holds multi30k and tatoeba-cmn-eng)",
  () => {
    it("Multi30k has its splits in three languages", async () => {
      const stems = ["train", "val", "test_2016_flickr", "test_2017_flickr"];
      const names = stems.flatMap((stem) => ["en", "de", "fr"].map((language) => `${stem}.${language}.gz`));
      const corpus = await readParallelCorpus(source("multi30k", names), { from: "en", to: "de" });
      expect(Object.entries(corpus.splits).map(([name, pairs]) => [name, pairs?.length])).toEqual([
        ["train", 29_000],
        ["dev", 1014],
        ["test", 1000],
        ["test_2016_flickr", 1000],
        ["test_2017_flickr", 1000],
      ]);
      expect(requirePairs(corpus, "test")).toBe(requirePairs(corpus, "test_2016_flickr"));
      expect(corpus.warnings).toEqual([]);
    });

    it("Tatoeba divides without a sentence on two sides, the same in both directions", async () => {
      const tatoeba = source("tatoeba-cmn-eng", ["cmn.txt.gz"]);
      const divide = { dev: 0.05, test: 0.05 };
      const columns = ["en", "zh"];
      const corpus = await readParallelCorpus(tatoeba, { columns, from: "zh", to: "en", divide });
      const sizes = Object.values(corpus.splits).map((pairs) => pairs?.length);
      expect(sizes).toEqual([19_007, 1011, 1098]);
      for (const side of ["source", "target"] as const) {
        const sets = ["train", "dev", "test"].map(
          (split) => new Set(requirePairs(corpus, split).map((pair) => sentenceKey(pair[side]))),
        );
        const apart = sets.reduce((sum, set) => sum + set.size, 0);
        expect(new Set(sets.flatMap((set) => [...set])).size).toBe(apart);
      }
      const back = await readParallelCorpus(tatoeba, { divide });
      expect(requirePairs(back, "test").map((pair) => pair.where.source.line)).toEqual(
        requirePairs(corpus, "test").map((pair) => pair.where.source.line),
      );
    });
  },
);
