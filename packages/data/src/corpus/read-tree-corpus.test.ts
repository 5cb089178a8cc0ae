import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { type DataSource, memorySource } from "../io/source.js";
import { requireSplit } from "./corpus.js";
import { postOrder } from "./labelled-tree.js";
import { readTreeCorpus } from "./read-tree-corpus.js";

describe("readTreeCorpus", () => {
  it("reads a folder's splits, plain and packed, and says what it left out", async () => {
    const corpus = await readTreeCorpus(
      memorySource("toy", {
        "test.txt.gz": gzipSync("(1 b)\n"),
        "train.txt": "(0 a)\n(1 b)\n",
        "README.md": "not data",
        "spare.txt": "(0 a)",
      }),
    );
    expect(Object.keys(corpus.splits)).toEqual(["train", "test"]);
    expect(requireSplit(corpus, "train")).toHaveLength(2);
    expect(Object.keys(corpus.checksums)).toEqual(["test.txt.gz", "train.txt"]);
    expect(corpus.warnings).toEqual([expect.stringContaining("spare.txt was left out")]);
    expect(() => requireSplit(corpus, "dev")).toThrow("DATA_SPLIT_MISSING");
  });

  it("takes a lone file as the split that is asked for", async () => {
    const corpus = await readTreeCorpus(memorySource("x", { "x.ptb": "(0 a)" }), { split: "test" });
    expect(Object.keys(corpus.splits)).toEqual(["test"]);
  });
});

const folder = process.env["TIMESTEP_DATA"];

describe.skipIf(folder === undefined)("the Stanford Sentiment Treebank", () => {
  const source: DataSource = {
    name: "sst",
    files: ["train", "dev", "test"].map((split) => ({
      name: `${split}.txt.gz`,
      bytes: () => Promise.resolve(readFileSync(join(folder ?? "", "sst", `${split}.txt.gz`))),
    })),
  };

  it("has the published numbers of trees, and two children at every node that is no word", async () => {
    const corpus = await readTreeCorpus(source);
    expect(corpus.warnings).toEqual([]);
    const counts = Object.values(corpus.splits).map((examples) => {
      let nodes = 0;
      for (const { tree } of examples) {
        for (const node of postOrder(tree)) {
          nodes++;
          if ((node.children?.length ?? 2) !== 2) throw new Error("a node has not two children");
        }
      }
      return [examples.length, nodes];
    });
    expect(counts).toEqual([
      [8544, 318_582],
      [1101, 41_447],
      [2210, 82_600],
    ]);
  });
});
