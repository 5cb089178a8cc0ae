import { describe, expect, it } from "vitest";
import { UNK } from "./vocabulary.js";
import { vectorId, vectorKeys, vectorVocabulary, wordKey } from "./word-keys.js";

describe("keys", () => {
  it("look words up in lower case with digits as 0, each only when asked to", () => {
    expect(wordKey("B747-Ä", { lowercase: true, digits: "zero" })).toBe("b000-ä");
    expect(wordKey("B747-Ä", { lowercase: true, digits: "keep" })).toBe("b747-ä");
    expect(wordKey("B747-Ä", { lowercase: false, digits: "zero" })).toBe("B000-Ä");
    expect(wordKey("B747-Ä", { lowercase: false, digits: "keep" })).toBe("B747-Ä");
    expect(wordKey("٧٤", { lowercase: true, digits: "zero" })).toBe("00"); // digits of any script
  });

  it("look for vectors as written, then in lower case, then with digits as 0", () => {
    expect(vectorKeys("UA-24")).toEqual(["UA-24", "ua-24", "ua-00"]);
    const vectors = vectorVocabulary({ words: ["taipei", "Bonn", "0:00"] });
    const found = ["Bonn", "bonn", "Taipei", "7:45"].map((word) => vectorId(word, vectors));
    expect(found).toEqual([3, UNK, 2, 4]);
  });
});
