import { readFileSync } from "node:fs";
import { memorySource, readLabelledCorpus, requireSplit } from "@timestep/data";
import { accuracy } from "@timestep/metrics";
import { expect, it } from "vitest";
import { wordsOf } from "./classifier.js";
import { trainBaselines } from "./train-baselines.js";

const sample = (split: string): string =>
  readFileSync(new URL(`../../../../data/reviews/${split}.tsv`, import.meta.url), "utf8");
const corpus = await readLabelledCorpus(
  memorySource("reviews", { "train.tsv": sample("train"), "test.tsv": sample("test") }),
);
const train = requireSplit(corpus, "train");
const test = requireSplit(corpus, "test");

it("trains all methods on the sample of reviews, each better than the majority", () => {
  const scores = trainBaselines(train, { ordered: corpus.labels }).map(({ name, classify }) => {
    const predicted = test.map((text) => classify(wordsOf(text)));
    return [
      name,
      accuracy(
        test.map(({ label }) => label),
        predicted,
      ),
    ] as const;
  });
  expect(scores.map(([name]) => name)).toEqual(["majority", "word list", "naive Bayes", "NB-SVM"]);
  expect(scores[0]?.[1]).toBe(50);
  for (const [name, score] of scores.slice(1)) {
    expect(score, name).toBeGreaterThan(55);
    expect(score, name).toBeLessThan(95); // the sample needs more than its words
  }
});

it("cuts the word list's sum for three labels, and leaves the list out where no order is known", () => {
  const three = train.map((text, index) => (index % 10 === 0 ? { ...text, label: "neutral" } : text));
  const ordered = ["negative", "neutral", "positive"];
  expect(trainBaselines(three, { ordered })[1]?.signature).toMatch(/^list:AFINN-165 cuts:-?\d+,-?\d+$/);
  expect(trainBaselines(three).map(({ name }) => name)).not.toContain("word list");
});
