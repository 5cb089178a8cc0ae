import { readTrees, UNK } from "@timestep/data";
import { describe, expect, it } from "vitest";
import { encodeText, keptPlaces, sentenceLengths } from "./encode.js";
import { smallSettings } from "./fixtures/opinions.js";
import type { SentimentExample } from "./examples.js";
import { collectVocabulary } from "./vocabulary.js";

const where = { file: "x", line: 1 };
const examples: SentimentExample[] = [{ text: "A good film. A bad film!", label: "mixed", where }];
const settings = smallSettings().model;
const vocabulary = collectVocabulary(examples, ["mixed", "good"], settings);

describe("keptPlaces", () => {
  it.each([
    [3, 2, 2, [0, 1, 2]],
    [4, 2, 2, [0, 1, 2, 3]],
    [7, 2, 3, [0, 1, 4, 5, 6]],
    [7, 0, 2, [5, 6]],
    [7, 2, 0, [0, 1]],
    [0, 2, 2, []],
  ])("of %i words, head %i and tail %i", (count, head, tail, places) => {
    expect(Array.from(keptPlaces(count, { head, tail }))).toEqual(places);
  });
});

describe("encodeText", () => {
  it("knows the words of training by their keys, others as unknown", () => {
    const { words, vectors, tree } = encodeText(["GOOD", "film", "novel"], vocabulary, settings);
    expect(vocabulary.words.decode(Array.from(words))).toEqual(["good", "film", "<unk>"]);
    expect(vectors).toBeUndefined();
    expect(tree).toBeUndefined();
  });

  it("reads by their characters the words that have no vector of their own, or all", () => {
    const characters = { ...settings.characters, kind: "cnn" as const };
    const spelt = collectVocabulary(examples, ["mixed"], { ...settings, characters });
    const read = (of: "unknown" | "all") =>
      encodeText(["good", "goof"], spelt, { ...settings, characters: { ...characters, of } }).spelt;
    expect(read("unknown")?.map((word) => [word.characters.length, word.read])).toEqual([
      [4, false],
      [4, true],
    ]);
    expect(read("all")?.map((word) => word.read)).toEqual([true, true]);
    const vectors = { words: ["goof"], dimension: 1, values: Float32Array.of(1) };
    const known = collectVocabulary(examples, ["mixed"], { ...settings, characters }, vectors);
    const found = encodeText(["goof"], known, { ...settings, characters });
    expect([found.words[0], found.vectors?.[0], found.spelt?.[0]?.read]).toEqual([UNK, 2, false]);
  });

  it("keeps a parse with its labels, and makes a tree where there is none or the text is cut", () => {
    const tree = { ...settings, kind: "tree" as const };
    const parse = readTrees("(good (mixed a) (good (mixed good) (good film)))", "t")[0]?.tree;
    const words = ["a", "good", "film"];
    expect(encodeText(words, vocabulary, tree, parse).tree).toEqual({
      shape: { children: [{ leaf: 0 }, { children: [{ leaf: 1 }, { leaf: 2 }] }] },
      labels: Int32Array.of(0, 0, 1, 1, 1),
    });
    expect(encodeText(words, vocabulary, tree).tree?.shape).toEqual({
      children: [{ children: [{ leaf: 0 }, { leaf: 1 }] }, { leaf: 2 }],
    });
    const short = { ...tree, length: { head: 1, tail: 1 } };
    const cut = encodeText(words, vocabulary, short, parse);
    expect(Array.from(cut.places)).toEqual([0, 2]);
    expect(cut.tree).toEqual({
      shape: { children: [{ leaf: 0 }, { leaf: 1 }] },
      labels: Int32Array.of(-1, -1, 1),
    });
  });
});

describe("sentenceLengths", () => {
  it.each([
    ["One two . Three !", [3, 2]],
    ['He said " no . " Then he left', [6, 3]],
    ["no end", [2]],
    [". .", [1, 1]],
    ["", []],
  ])("%j", (text, lengths) => {
    expect(sentenceLengths(text === "" ? [] : text.split(" "))).toEqual(lengths);
  });

  it("cuts what has no end, and loses no word", () => {
    const lengths = sentenceLengths(Array<string>(150).fill("word"));
    expect(lengths).toEqual([60, 60, 30]);
  });
});
