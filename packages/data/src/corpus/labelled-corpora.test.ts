import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type DataSource } from "../io/source.js";
import { type LabelledCorpus } from "./labelled.js";
import { corpusFacts } from "./labelled-facts.js";
import { readLabelledCorpus } from "./read-labelled.js";

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

const counts = (corpus: LabelledCorpus): Record<string, Record<string, number>> =>
  Object.fromEntries(
    [...corpusFacts(corpus).splits].map(([split, { byLabel }]) => [split, Object.fromEntries(byLabel)]),
  );

describe.skipIf(folder === undefined)(
  "real corpora (set TIMESTEP_DATA to the folder that holds sst and imdb)",
  () => {
    const treebank = source("sst", ["train.txt.gz", "dev.txt.gz", "test.txt.gz"]);

    it("the Treebank has the published counts of two and of five classes", async () => {
      const two = await readLabelledCorpus(treebank, { treeLabels: "two" });
      expect(two.format).toBe("trees");
      expect(counts(two)).toEqual({
        train: { positive: 3610, negative: 3310 },
        dev: { positive: 444, negative: 428 },
        test: { positive: 909, negative: 912 },
      });
      expect(two.warnings).toHaveLength(3); // the neutral ones of each split
      const five = await readLabelledCorpus(treebank, { treeLabels: "five" });
      expect(Object.values(five.splits).map((texts) => texts.length)).toEqual([8544, 1101, 2210]);
      expect(five.labels[0]).toBe("very negative");
    });

    it("the movie reviews have their balance, and 123 texts are in both splits", async () => {
      const imdb = await readLabelledCorpus(
        source("imdb", ["train.tsv.gz", "test.tsv.gz", "README.aclImdb.txt"]),
      );
      expect(imdb.format).toBe("imdb");
      expect(imdb.warnings).toEqual([]);
      const half = { negative: 12_500, positive: 12_500 };
      expect(counts(imdb)).toEqual({ train: half, test: half });
      // As stored 24 904 training texts differ; two of them do so in a line break at the end only, which is trimmed.
      const { splits, overlaps } = corpusFacts(imdb);
      expect([splits.get("train")?.distinct, splits.get("test")?.distinct]).toEqual([24_903, 24_801]);
      expect(overlaps).toEqual([{ splits: ["train", "test"], texts: 123 }]);
    });
  },
);
