import { readFile } from "node:fs/promises";
import {
  foldTree,
  memorySource,
  postOrder,
  readLabelledCorpus,
  readTreeCorpus,
  requireSplit,
  sha256,
  tokenise,
  treeText,
  treeWords,
} from "@timestep/data";
import { describe, expect, it } from "vitest";
import { type Manifest } from "../samples/manifest.js";
import { GENERATED } from "./generate.js";
import { HAND_WRITTEN } from "./hand-written.js";
import { REVIEWS_SEED, reviewSamples } from "./write.js";

const committed = (path: string): Promise<string> =>
  readFile(new URL(`../../../data/${path}`, import.meta.url), "utf8");
const SPLITS = ["train", "dev", "test"] as const;
const samples = reviewSamples(REVIEWS_SEED);
const source = async (folder: string): Promise<ReturnType<typeof memorySource>> => {
  const own = samples.filter(({ path }) => path.startsWith(`${folder}/`));
  const texts = await Promise.all(own.map(async ({ path }) => [path, await committed(path)] as const));
  return memorySource(folder, Object.fromEntries(texts));
};
const reviews = await readLabelledCorpus(await source("reviews"));
const trees = await readTreeCorpus(await source("review-trees"));

describe("the review samples", () => {
  it("are what the generator writes", async () => {
    for (const { path, text } of samples) expect(await committed(path), path).toBe(text);
  });

  it("are in the manifest, as is the contrast set", async () => {
    const { files } = JSON.parse(await committed("manifest.json")) as Manifest;
    const paths = [...samples.map(({ path }) => path), "contrast/sentiment.tsv"];
    for (const path of paths) {
      const bytes = new TextEncoder().encode(await committed(path));
      const entry = files.find((file) => file.path === path);
      expect(entry, path).toMatchObject({ bytes: bytes.length, sha256: await sha256(bytes) });
    }
  });

  it("have as many positive as negative texts, none of them twice", () => {
    expect(reviews.warnings).toEqual([]);
    expect(reviews.labels).toEqual(["negative", "positive"]);
    const seen = new Set<string>();
    for (const split of SPLITS) {
      const texts = requireSplit(reviews, split);
      expect(texts).toHaveLength(GENERATED[split] + HAND_WRITTEN[split].length);
      expect(texts.filter(({ label }) => label === "positive")).toHaveLength(texts.length / 2);
      for (const { text } of texts) {
        expect(seen.has(text), text).toBe(false);
        seen.add(text);
      }
    }
  });

  it("have trees that spell texts of the same split and label, cut as the tokeniser cuts", () => {
    for (const split of SPLITS) {
      const labels = new Map(requireSplit(reviews, split).map(({ text, label }) => [text, label]));
      const found = requireSplit(trees, split);
      expect(found).toHaveLength(GENERATED[split]);
      for (const { tree } of found) {
        const { text } = treeText(tree);
        expect(labels.get(text), text).toBe(Number(tree.label) > 2 ? "positive" : "negative");
        expect(tokenise(text).map((token) => token.text)).toEqual(treeWords(tree));
      }
    }
  });

  it("have two children at every node and labels 0 to 4 with every one in use", () => {
    const used = new Set<string>();
    for (const { tree } of requireSplit(trees, "train")) {
      foldTree(tree, ({ label, children }) => {
        expect(children?.length ?? 2).toBe(2);
        used.add(label);
      });
    }
    expect([...used].sort()).toEqual(["0", "1", "2", "3", "4"]);
  });

  it("need more than their words: many have a word of the other side", () => {
    const opposed = requireSplit(trees, "train").filter(({ tree }) => {
      const side = Math.sign(Number(tree.label) - 2);
      return [...postOrder(tree)].some(
        ({ label, word }) => word !== undefined && Math.sign(Number(label) - 2) === -side,
      );
    });
    expect(opposed.length).toBeGreaterThan(GENERATED.train / 4);
  });
});
