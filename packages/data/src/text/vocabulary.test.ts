import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LabelSet } from "./label-set.js";
import { countTokens, PAD, UNK, Vocabulary } from "./vocabulary.js";

const toy = [
  ["b", "a", "b"],
  ["c", "a", "b"],
];

describe("Vocabulary", () => {
  it("numbers specials, then tokens by count and code unit order", () => {
    const vocabulary = Vocabulary.build([["z", "b", "a", "b", "B"]], { specials: ["<s>"] });
    expect(vocabulary.decode([0, 1, 2, 3, 4, 5, 6])).toEqual(["<pad>", "<unk>", "<s>", "b", "B", "a", "z"]);
    expect(vocabulary.specialId("<s>")).toBe(2);
    expect([PAD, UNK]).toEqual([0, 1]);
  });

  it("encodes what it knows and marks the rest", () => {
    const vocabulary = Vocabulary.build(toy);
    expect(vocabulary.encode(["a", "b", "q"])).toEqual([3, 2, UNK]);
    expect(
      vocabulary.unknownRate([
        ["a", "q"],
        ["q", "q"],
      ]),
    ).toBe(0.75);
    expect(vocabulary.unknownRate([])).toBe(0);
  });

  it("cuts by count and by size", () => {
    expect(Vocabulary.build(toy, { minCount: 2 }).size).toBe(4);
    expect(Vocabulary.build(toy, { maxSize: 1 }).has("b")).toBe(true);
    expect(Vocabulary.build(toy, { maxSize: 1 }).has("a")).toBe(false);
    for (const options of [
      { minCount: 0 },
      { maxSize: 1.5 },
      { minCount: Number.NaN },
      { specials: ["<unk>"] },
    ]) {
      expect(() => Vocabulary.build(toy, options)).toThrow("VOCAB_OPTION");
    }
  });

  it("never takes text for a special symbol", () => {
    expect(() => Vocabulary.build([["<unk>"]])).toThrow("VOCAB_COLLISION");
    expect(Vocabulary.build(toy).encode(["<pad>", "<unk>"])).toEqual([UNK, UNK]);
    expect(Vocabulary.build(toy).has("<pad>")).toBe(false);
  });

  it("survives JSON, for any tokens", () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.string())), (text) => {
        const vocabulary = Vocabulary.build(text);
        const again = Vocabulary.fromJSON(JSON.parse(JSON.stringify(vocabulary)));
        expect(again.size).toBe(vocabulary.size);
        for (const tokens of text) {
          expect(again.encode(tokens)).toEqual(vocabulary.encode(tokens));
          expect(again.decode(again.encode(tokens))).toEqual(tokens);
        }
      }),
    );
  });

  it("refuses JSON that is no vocabulary", () => {
    const good = Vocabulary.build(toy).toJSON();
    for (const bad of [
      null,
      3,
      [],
      {},
      { ...good, kind: "labels" },
      { ...good, formatVersion: 2 },
      { ...good, tokens: ["a", 1] },
      { ...good, specials: ["<unk>", "<pad>"] },
    ]) {
      expect(() => Vocabulary.fromJSON(bad)).toThrow("VOCAB_FORMAT");
    }
    expect(() => Vocabulary.fromJSON({ ...good, tokens: ["a", "a"] })).toThrow("VOCAB_DUPLICATE");
    expect(() => Vocabulary.fromJSON({ ...good, tokens: ["<pad>"] })).toThrow("VOCAB_DUPLICATE");
  });

  it("says which id or symbol it lacks", () => {
    const vocabulary = Vocabulary.build(toy);
    for (const id of [-1, 5, 0.5]) expect(() => vocabulary.token(id)).toThrow("VOCAB_ID");
    expect(() => vocabulary.specialId("<s>")).toThrow("VOCAB_SPECIAL");
  });

  it("counts tokens named like object members", () => {
    expect(countTokens([["__proto__", "constructor", "__proto__"]]).get("__proto__")).toBe(2);
  });
});

describe("LabelSet", () => {
  it("collects labels in a stable order, O first", () => {
    const set = LabelSet.collect(["I-x", "O", "B-x", "O"]);
    expect(set.labels).toEqual(["O", "B-x", "I-x"]);
    expect(set.decode(set.encode(["I-x", "O"]))).toEqual(["I-x", "O"]);
  });

  it("knows no unknown label", () => {
    const set = LabelSet.collect(["a", "b"]);
    expect(set.find("c")).toBeUndefined();
    expect(() => set.id("c")).toThrow('LABEL_UNKNOWN: "c" is none of the 2 labels (a, b)');
    expect(() => set.label(2)).toThrow("LABEL_ID");
  });

  it("survives JSON and refuses what is none", () => {
    const set = new LabelSet(["b", "a"]);
    expect(LabelSet.fromJSON(JSON.parse(JSON.stringify(set))).labels).toEqual(["b", "a"]);
    for (const bad of [
      null,
      {},
      { kind: "labels", formatVersion: 1, labels: [1] },
      { ...set.toJSON(), formatVersion: 9 },
    ]) {
      expect(() => LabelSet.fromJSON(bad)).toThrow("LABEL_FORMAT");
    }
    expect(() => new LabelSet(["a", "a"])).toThrow("LABEL_DUPLICATE");
    expect(() => new LabelSet([])).toThrow("LABEL_EMPTY");
  });
});
