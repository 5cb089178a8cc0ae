import { memorySource } from "@timestep/data";
import { describe, expect, it } from "vitest";
import { readSentimentCorpus } from "./examples.js";
import { sentimentSettings } from "./settings.js";

const settings = sentimentSettings.parse({});
const trees = {
  "train.txt": "(3 (2 a) (4 hit))\n(2 (2 a) (1 miss))\n(2 (2 so) (2 so))\n",
  "dev.txt": "(0 awful)\n(2 fine)\n",
};

describe("readSentimentCorpus", () => {
  it("reads trees in two classes: neutral roots stay in training for their phrases, and go elsewhere", async () => {
    const corpus = await readSentimentCorpus(memorySource("toy", trees), { ...settings, classes: "two" });
    expect(corpus).toMatchObject({ format: "trees", labels: ["negative", "positive"] });
    const shown = (split: "train" | "dev") => corpus.splits[split]?.map(({ text, label }) => [text, label]);
    expect(shown("train")).toEqual([
      ["a hit", "positive"],
      ["a miss", ""],
    ]);
    expect(shown("dev")).toEqual([["awful", "negative"]]);
    const whole = await readSentimentCorpus(memorySource("toy", trees), {
      ...settings,
      classes: "two",
      phrases: false,
    });
    expect(whole.splits.train?.map(({ text }) => text)).toEqual(["a hit"]);
  });

  it("reads trees with labels of their own, inner ones included", async () => {
    const corpus = await readSentimentCorpus(memorySource("toy", trees), settings);
    expect(corpus.labels).toEqual(["0", "1", "2", "3", "4"]);
    expect(corpus.splits.dev?.map(({ label }) => label)).toEqual(["0", "2"]);
  });

  it("sets a dev split aside where there is none, and says so", async () => {
    const lines = Array.from(
      { length: 20 },
      (_, line) => `${line % 2 === 0 ? "good" : "bad"}\ttext ${line}\n`,
    );
    const corpus = await readSentimentCorpus(
      memorySource("toy", { "train.tsv": `label\ttext\n${lines.join("")}` }),
      {
        ...settings,
        devShare: 0.2,
      },
    );
    expect([corpus.splits.train?.length, corpus.splits.dev?.length]).toEqual([16, 4]);
    expect(corpus.splits.dev?.filter(({ label }) => label === "good")).toHaveLength(2);
    expect(corpus.warnings.join()).toContain("4 of the 20 training texts were set aside");
  });
});
