import { CharacterUnits, Subwords, UNK } from "@timestep/data";
import { describe, expect, it } from "vitest";
import { alignWords, pharaoh, sourceWords, strongestLinks, targetWords } from "./alignment.js";

const subwords = Subwords.learn(["low lower lowest", "new newer newest"], { merges: 4 });

describe("words of units", () => {
  it("says for each unit of a source and of a translation which word it is in", () => {
    const text = "lower newest";
    const pieces = subwords.encode(text);
    const from = sourceWords(text, pieces, "subwords");
    const to = targetWords(
      pieces.map(({ id }) => id),
      subwords,
      () => "?",
    );
    expect(from.words).toEqual(["lower", "newest"]);
    expect(to).toEqual(from);
    expect(new Set(from.wordOf)).toEqual(new Set([0, 1]));
  });

  it("gives an unknown unit the word that it stands in", () => {
    const ids = [
      ...subwords.encodeIds("low"),
      ...subwords.encodeIds("ne"),
      UNK,
      ...subwords.encodeIds("low"),
    ];
    const { words, wordOf } = targetWords(ids, subwords, () => "ß");
    expect(words).toEqual(["low", "neß", "low"]);
    expect(wordOf[ids.indexOf(UNK)]).toBe(1);
  });

  it("takes each character that is no blank for a word", () => {
    const units = CharacterUnits.learn(["ab cd"]);
    const found = targetWords(units.encodeIds("ab c"), units, () => "?");
    expect(found).toEqual({ words: ["a", "b", "c"], wordOf: [0, 1, -1, 2] });
    expect(sourceWords("ab c", units.encode("ab c"), "characters")).toEqual(found);
  });
});

describe("alignWords", () => {
  it("adds up over source units and takes the mean over target units", () => {
    const source = { words: ["a", "b"], wordOf: [0, 0, 1] };
    const target = { words: ["x", "y"], wordOf: [0, 1, 1] };
    const attention = [
      [0.5, 0.25, 0.25],
      [0, 0, 1],
      [0.5, 0.1, 0.4],
    ];
    const { weights } = alignWords(attention, source, target);
    expect(weights[0]).toEqual([0.75, 0.25]);
    expect(weights[1]?.[0]).toBeCloseTo(0.3);
    expect(weights[1]?.[1]).toBeCloseTo(0.7);
    const links = strongestLinks({ ...source, source: source.words, target: target.words, weights });
    expect(links.map(([from, to]) => [from, to])).toEqual([
      [0, 0],
      [1, 1],
    ]);
  });

  it("links nothing where there is nothing to link", () => {
    expect(strongestLinks(alignWords([], { words: [], wordOf: [] }, { words: ["x"], wordOf: [0] }))).toEqual(
      [],
    );
  });
});

describe("pharaoh", () => {
  it("writes the pairs by source place", () => {
    expect(
      pharaoh([
        [2, 0, 0.9],
        [0, 1, 0.8],
        [0, 0, 0.3],
      ]),
    ).toBe("0-0 0-1 2-0");
  });
});
