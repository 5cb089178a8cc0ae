import { describe, expect, it } from "vitest";
import { WordDictionary } from "./word-dictionary.js";

const pairs = [
  ["das Haus", "the house"],
  ["das Buch", "the book"],
  ["ein Buch", "a book"],
].map(([source = "", target = ""]) => ({ source: source.split(" "), target: target.split(" ") }));

describe("WordDictionary", () => {
  it("finds which words belong together, as in the textbook example of model 1", () => {
    const dictionary = WordDictionary.learn(pairs);
    expect(dictionary.translate(["ein", "Haus", "das", "Buch"])).toEqual(["a", "house", "the", "book"]);
  });

  it("leaves unknown words as they are", () => {
    expect(WordDictionary.learn(pairs).translate(["das", "Pferd"])).toEqual(["the", "Pferd"]);
  });

  it("takes words that are properties of objects", () => {
    const odd = [{ source: ["constructor"], target: ["__proto__"] }];
    expect(WordDictionary.learn(odd).word("constructor")).toBe("__proto__");
    expect(WordDictionary.learn(odd).word("toString")).toBe("toString");
  });

  it("needs a pair with words on both sides", () => {
    expect(() => WordDictionary.learn([{ source: [], target: ["a"] }])).toThrow("DICTIONARY_NO_PAIRS");
  });
});
