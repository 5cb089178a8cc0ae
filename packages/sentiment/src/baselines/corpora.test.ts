import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type DataSource, type LabelledOptions, readLabelledCorpus, requireSplit } from "@timestep/data";
import { accuracy } from "@timestep/metrics";
import { describe, expect, it } from "vitest";
import { contrastScores, readContrast } from "../contrast/index.js";
import { trainBaselines, wordsOf } from "./index.js";

const folder = process.env["TIMESTEP_DATA"];

/** Accuracy of each method on the test split, and on the contrast set where there are two labels. */
async function scores(
  source: DataSource,
  options: LabelledOptions,
): Promise<Record<string, { test: number; contrast: number }>> {
  const corpus = await readLabelledCorpus(source, options);
  const train = requireSplit(corpus, "train");
  const test = requireSplit(corpus, "test").map((text) => ({ ...text, tokens: wordsOf(text) }));
  const methods = trainBaselines(train, { ordered: ["negative", "positive"] });
  const path = new URL("../../../../data/contrast/sentiment.tsv", import.meta.url);
  const pairs = readContrast(readFileSync(path, "utf8"), "sentiment.tsv");
  const gold = test.map(({ label }) => label);
  return Object.fromEntries(
    methods.map(({ name, classify }) => {
      const contrast = contrastScores(pairs, (text) => classify(wordsOf({ text })) === "positive").accuracy;
      return [
        name,
        {
          test: accuracy(
            gold,
            test.map(({ tokens }) => classify(tokens)),
          ),
          contrast,
        },
      ];
    }),
  );
}

function source(name: string, files: readonly string[]): DataSource {
  const bytes = (file: string) => () => Promise.resolve(readFileSync(join(folder ?? "", name, file)));
  return { name, files: files.map((file) => ({ name: file, bytes: bytes(file) })) };
}

describe.skipIf(folder === undefined)(
  "real corpora (set TIMESTEP_DATA to the folder that holds sst and imdb)",
  () => {
    it("SST-2: naive Bayes comes near what is published, and no method tells contrast pairs apart", async () => {
      const found = await scores(source("sst", ["train.txt.gz", "test.txt.gz"]), { treeLabels: "two" });
      console.info("SST-2, trained on sentences", found);
      expect(found["majority"]?.test).toBeCloseTo((100 * 909) / 1821, 6);
      expect(found["word list"]?.test).toBeGreaterThan(65);
      expect(found["naive Bayes"]?.test).toBeGreaterThan(81); // Socher et al. 2013, D13-1170, table 1: 83.1
      expect(found["NB-SVM"]?.test).toBeGreaterThan(81);
      for (const { contrast } of Object.values(found)) expect(Math.abs(contrast - 50)).toBeLessThan(15);
    }, 120_000);

    // A million features and twelve million words: minutes, so it runs only when asked for.
    it.skipIf(process.env["TIMESTEP_SLOW"] === undefined)(
      "IMDB: both reach what Wang & Manning published",
      async () => {
        const found = await scores(source("imdb", ["train.tsv.gz", "test.tsv.gz"]), {});
        console.info("IMDB", found);
        expect(Math.abs((found["naive Bayes"]?.test ?? 0) - 86.59)).toBeLessThan(1);
        expect(Math.abs((found["NB-SVM"]?.test ?? 0) - 91.22)).toBeLessThan(1);
      },
      900_000,
    );
  },
);
