import { DataError } from "@timestep/base";
import { fromBrackets, UNK } from "@timestep/data";
import { describe, expect, it } from "vitest";
import { tinySettings } from "./fixtures/trips.js";
import { collectVocabulary, vocabularyFromJson, vocabularyToJson } from "./vocabulary.js";

const settings = tinySettings().model;
const examples = [
  { ...fromBrackets("leave [origin New York] at 7:45"), intent: "find" },
  { ...fromBrackets("Leave [origin Bonn]"), intent: "book" },
];
const vectors = { words: ["taipei", "Bonn", "0:00"], dimension: 2, values: new Float32Array(6) };

describe("collectVocabulary", () => {
  it("gathers words by their keys, characters as written, BIOES tags and intents", () => {
    const found = collectVocabulary(examples, settings);
    expect(found.words.toJSON().tokens).toEqual(["leave", "0:00", "at", "bonn", "new", "york"]);
    expect(found.characters.has("L")).toBe(true);
    expect(found.characters.has("7")).toBe(true);
    expect(found.tags.labels).toEqual(["O", "B-origin", "E-origin", "S-origin"]);
    expect(found.intents?.labels).toEqual(["book", "find"]);
    expect(found.vectors).toBeUndefined();
  });

  it("leaves out rare words but no rare label", () => {
    const found = collectVocabulary(examples, { ...settings, words: { ...settings.words, minCount: 2 } });
    expect(found.words.toJSON().tokens).toEqual(["leave"]);
    expect(found.words.id("york")).toBe(UNK);
    expect(found.tags.size).toBe(4);
  });

  it("has O even where every token is in a slot", () => {
    expect(collectVocabulary([fromBrackets("[city Bonn]")], settings).tags.labels[0]).toBe("O");
  });

  it("has no intents when the setting is off, or when a sentence lacks one", () => {
    expect(collectVocabulary(examples, { ...settings, intent: false }).intents).toBeUndefined();
    expect(collectVocabulary([...examples, fromBrackets("hello")], settings).intents).toBeUndefined();
  });

  it("keeps pretrained vectors in their order, which is that of their rows", () => {
    expect(collectVocabulary(examples, settings, vectors).vectors?.toJSON().tokens).toEqual(vectors.words);
  });
});

describe("vocabulary as JSON", () => {
  it("comes back the same, with and without its optional parts", () => {
    const bare = { ...settings, intent: false };
    for (const made of [collectVocabulary(examples, settings, vectors), collectVocabulary(examples, bare)]) {
      const json = JSON.stringify(vocabularyToJson(made));
      expect(vocabularyFromJson(JSON.parse(json))).toEqual(made);
    }
  });

  const good = vocabularyToJson(collectVocabulary(examples, settings, vectors)) as Record<string, object>;
  it.each<[string, unknown, string]>([
    ["null", null, "VOCAB_FORMAT"],
    ["a list", [], "LABEL_FORMAT"],
    ["a text", "vocabulary", "VOCAB_FORMAT"],
    ["no words", { ...good, words: undefined }, "VOCAB_FORMAT"],
    ["words that are numbers", { ...good, words: { ...good["words"], tokens: [1, 2] } }, "VOCAB_FORMAT"],
    ["a word twice", { ...good, words: { ...good["words"], tokens: ["a", "a"] } }, "VOCAB_DUPLICATE"],
    ["a later version", { ...good, characters: { ...good["characters"], formatVersion: 2 } }, "VOCAB_FORMAT"],
    ["tags of another kind", { ...good, tags: good["words"] }, "LABEL_FORMAT"],
    ["no tags", { ...good, tags: null }, "LABEL_FORMAT"],
    ["tags without O", { ...good, tags: { ...good["tags"], labels: ["S-city"] } }, "LABEL_FORMAT"],
    ["a tag of no scheme", { ...good, tags: { ...good["tags"], labels: ["O", "city"] } }, "LABEL_FORMAT"],
    ["an empty set of intents", { ...good, intents: { ...good["intents"], labels: [] } }, "LABEL_EMPTY"],
    ["vectors as a path", { ...good, vectors: "/etc/passwd" }, "VOCAB_FORMAT"],
  ])("refuses %s", (_, value, code) => {
    expect(() => vocabularyFromJson(value)).toThrow(expect.objectContaining({ code }));
    expect(() => vocabularyFromJson(value)).toThrow(DataError);
  });

  it("takes words that are names of object methods as words", () => {
    const tokens = ["__proto__", "constructor", "toString"];
    const odd = {
      tokens,
      tags: ["O", "O", "B-__proto__"],
      origin: { file: "odd", line: 1 },
      intent: "constructor",
    };
    const made = collectVocabulary([odd], { ...settings, words: { ...settings.words, lowercase: false } });
    const back = vocabularyFromJson(JSON.parse(JSON.stringify(vocabularyToJson(made))));
    expect(tokens.map((token) => back.words.has(token))).toEqual([true, true, true]);
    expect(back.tags.labels).toEqual(["O", "S-__proto__"]);
  });
});
