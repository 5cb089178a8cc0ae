import { seeded } from "@timestep/base";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PAD, UNK } from "../text/vocabulary.js";
import { BOS, EOS } from "./segmenter.js";
import { Subwords } from "./subwords.js";

const shown = (subwords: Subwords, text: string): string[] =>
  subwords.encodeIds(text).map((id) => subwords.show(id));

describe("learning", () => {
  it("makes the merges of the paper's example, the words counted as there", () => {
    const counts: Record<string, number> = { low: 5, lowest: 2, newer: 6, wider: 3 };
    const text = Object.entries(counts).flatMap(([word, count]) => new Array<string>(count).fill(word));
    const { merges } = Subwords.learn([text.join(" ")], { merges: 6 }).toJSON();
    // Worked by hand: "er" occurs 9 times; then " l", "lo", "ow" 7 times each, " l" before the others; and so on.
    expect(merges).toEqual([
      ["e", "r"],
      [" ", "l"],
      [" l", "o"],
      [" lo", "w"],
      [" ", "n"],
      [" n", "e"],
    ]);
  });

  it("gives the merges that counting anew before each merge gives", () => {
    const texts = fc.array(fc.string({ unit: fc.constantFrom("a", "b", "c", " "), maxLength: 12 }), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 3 }), (sentences, minFrequency) => {
        fc.pre(sentences.some((text) => text.trim() !== ""));
        const { merges } = Subwords.learn(sentences, { merges: 15, minFrequency }).toJSON();
        expect(merges).toEqual(countingAnew(sentences, 15, minFrequency));
      }),
      { numRuns: 400 },
    );
  });

  it("does not depend on the order of the text", () => {
    const sentences = ["the low lower", "newer newest", "the wide lowest new one"];
    const learn = (texts: readonly string[]): unknown => Subwords.learn(texts, { merges: 30 }).toJSON();
    expect(learn(sentences.toReversed())).toEqual(learn(sentences));
  });

  it("leaves rare characters unknown", () => {
    const subwords = Subwords.learn(["aa ab aXb"], { merges: 5, minFrequency: 1, minCharacterCount: 2 });
    expect(subwords.toJSON().alphabet).toEqual([" ", "a", "b"]);
    expect(subwords.encodeIds("aXb").filter((id) => id === UNK)).toHaveLength(1);
  });

  it.each([{ merges: -1 }, { merges: 1.5 }, { merges: 3, minFrequency: 0 }, { merges: 2_000_000 }])(
    "refuses %j",
    (options) => {
      expect(() => Subwords.learn(["a"], options)).toThrow("SUBWORD_OPTION");
    },
  );

  it("refuses to learn from nothing", () => {
    expect(() => Subwords.learn([" ", ""], { merges: 3 })).toThrow("SUBWORD_NO_TEXT");
  });
});

/** Algorithm 1 of the paper as it stands there: count all pairs, join the best, begin again. */
function countingAnew(sentences: readonly string[], merges: number, minFrequency: number): string[][] {
  let words = sentences.flatMap((text) => text.split(" ").filter((word) => word !== ""));
  words = words.map((word) => ` ${word}`);
  let split = words.map((word) => [...word]);
  const made: string[][] = [];
  while (made.length < merges) {
    const counts = new Map<string, number>();
    for (const word of split) {
      for (let i = 1; i < word.length; i++) {
        const pair = JSON.stringify(word.slice(i - 1, i + 1));
        counts.set(pair, (counts.get(pair) ?? 0) + 1);
      }
    }
    const order = [...counts].map(([pair, count]) => ({ pair: JSON.parse(pair) as [string, string], count }));
    order.sort((a, b) => b.count - a.count || compare(a.pair[0], b.pair[0]) || compare(a.pair[1], b.pair[1]));
    const [best] = order;
    if (best === undefined || best.count < minFrequency) break;
    made.push(best.pair);
    split = split.map((word) => {
      const joined: string[] = [];
      for (let i = 0; i < word.length; i++) {
        const both = word[i] === best.pair[0] && word[i + 1] === best.pair[1];
        joined.push(both ? best.pair.join("") : (word[i] as string));
        if (both) i++;
      }
      return joined;
    });
  }
  return made;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const ALPHABET = [..."abcdé<>/sunk▁@'-。中文字👍", "\uD800"];
const sample = Subwords.learn(
  ["<s> </s> <unk> <pad> abc abcd bcd 中文字 中文 字中。 ▁a a▁ @@ d@@ é👍 👍👍 \uD800 s'un-k un"],
  { merges: 40, minFrequency: 1 },
);
const words = fc.array(fc.string({ unit: fc.constantFrom(...ALPHABET), minLength: 1, maxLength: 8 }), {
  maxLength: 6,
});

describe("encode and decode", () => {
  it("joins by the order of the merges, not greedily from the left", () => {
    const subwords = Subwords.fromJSON({
      kind: "subwords",
      formatVersion: 1,
      alphabet: [" ", "a", "b", "c"],
      merges: [
        ["b", "c"],
        ["a", "b"],
        [" ", "a"],
      ],
    });
    expect(shown(subwords, "abc ab bab")).toEqual(["▁a", "bc", "▁", "ab", "▁", "b", "ab"]);
  });

  it("gives back any text of the alphabet, with and without dropout", () => {
    fc.assert(
      fc.property(words, fc.constantFrom(0, 0.1, 0.7, 1), fc.nat(), (list, dropout, seed) => {
        const text = list.join(" ");
        const ids = sample.encodeIds(text, { dropout, random: seeded(seed) });
        expect(sample.decode(ids)).toBe(text);
        expect(ids.every((id) => id > EOS)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it("gives pieces that cover the words from end to end, also where characters are unknown", () => {
    const unit = fc.constantFrom(...ALPHABET, "Z", "😀", "\t", " ", "\u3000");
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 30 }), (text) => {
        const pieces = sample.encode(text);
        expect(pieces.map(({ id }) => id)).toEqual(sample.encodeIds(text));
        const covered: string[] = [];
        for (const { word, start, end } of pieces)
          covered[word] = (covered[word] ?? "") + text.slice(start, end);
        expect(covered).toEqual(text.match(/\S+/gu) ?? []);
        const copied = sample.decode(
          pieces.map(({ id }) => id),
          (place) => text.slice(pieces[place]?.start, pieces[place]?.end),
        );
        expect(copied).toBe((text.match(/\S+/gu) ?? []).join(" "));
      }),
      { numRuns: 1000 },
    );
  });

  it("takes special symbols for text when they are written out", () => {
    const text = "<s> <unk> </s> <pad>";
    const ids = sample.encodeIds(text);
    expect(ids.filter((id) => [PAD, UNK, BOS, EOS].includes(id))).toEqual([]);
    expect(sample.decode([BOS, ...ids, EOS, PAD])).toBe(text);
  });

  it("makes one unknown piece a character, and tells the place of it when decoding", () => {
    const ids = sample.encodeIds("abXY");
    expect(ids.filter((id) => id === UNK)).toHaveLength(2);
    expect(sample.decode(ids)).toBe("ab\uFFFD\uFFFD");
    expect(sample.decode(ids, (place) => `(${place})`)).toBe("ab(2)(3)");
  });

  it("takes long words without blanks in time", () => {
    const started = performance.now();
    const text = "abcd中文".repeat(20_000);
    expect(sample.decode(sample.encodeIds(text))).toBe(text);
    expect(performance.now() - started).toBeLessThan(10_000); // measured 0.2 s; quadratic would take minutes
  });

  it("refuses ids of another vocabulary", () => {
    expect(() => sample.decode([sample.size])).toThrow("SEGMENT_ID");
    expect(() => sample.show(-1)).toThrow("SEGMENT_ID");
  });
});

describe("dropout", () => {
  it("is seeded, and 1 leaves characters", () => {
    const draw = (seed: number, dropout: number): string[] =>
      sample.encodeIds("abcd abc", { dropout, random: seeded(seed) }).map((id) => sample.show(id));
    expect(draw(4, 0.5)).toEqual(draw(4, 0.5));
    expect(draw(4, 1)).toEqual(["▁", "a", "b", "c", "d", "▁", "a", "b", "c"]);
    expect(new Set(Array.from({ length: 50 }, (_, seed) => draw(seed, 0.5).join())).size).toBeGreaterThan(5);
  });

  it("has the chances of the algorithm", () => {
    // " ab" with merges a+b, then " "+ab. Whole: (1-p)²; " "+"ab": (1-p)·p; characters: p. At p = 0.3: 0.49, 0.21, 0.3.
    const subwords = Subwords.learn(["ab ab"], { merges: 2 });
    expect(subwords.toJSON().merges[0]).toEqual([" ", "a"]);
    const random = seeded(5);
    const counts = new Map<number, number>();
    for (let i = 0; i < 10_000; i++) {
      const { length } = subwords.encodeIds("ab", { dropout: 0.3, random });
      counts.set(length, (counts.get(length) ?? 0) + 1);
    }
    for (const [length, share] of [[1, 0.49] as const, [2, 0.21] as const, [3, 0.3] as const]) {
      expect(Math.abs((counts.get(length) ?? 0) / 10_000 - share)).toBeLessThan(0.02); // four standard errors
    }
  });

  it("needs random numbers and a chance", () => {
    expect(() => sample.encodeIds("a", { dropout: 0.1 })).toThrow("SUBWORD_DROPOUT");
    expect(() => sample.encodeIds("a", { dropout: 1.1, random: seeded(1) })).toThrow("SUBWORD_DROPOUT");
  });
});

describe("restrictedTo", () => {
  const both = Subwords.learn(["low low low lower", "neu neu neu neuer"], { merges: 50, minFrequency: 1 });

  it("keeps the pieces of a language and cuts rare ones into their parts", () => {
    const english = both.restrictedTo(["low low lower"], 2);
    expect(english.size).toBeLessThan(both.size);
    expect(shown(both, "lower")).toEqual(["▁lower"]);
    const pieces = shown(english, "low lower");
    expect(pieces[0]).toBe("▁low");
    expect(pieces.length).toBeGreaterThan(2);
    expect(english.decode(english.encodeIds("lower low"))).toBe("lower low");
  });

  it("does not know characters of the other language", () => {
    expect(both.restrictedTo(["low"]).encodeIds("neu")).toContain(UNK);
  });

  it("is read back from JSON with the same ids", () => {
    const english = both.restrictedTo(["low low lower"], 2);
    const copy = Subwords.fromJSON(JSON.parse(JSON.stringify(english)));
    expect(copy.encodeIds("lower wool we")).toEqual(english.encodeIds("lower wool we"));
    expect(copy.size).toBe(english.size);
  });
});

describe("JSON", () => {
  it("gives back the same ids", () => {
    const copy = Subwords.fromJSON(JSON.parse(JSON.stringify(sample)));
    fc.assert(
      fc.property(words, (list) => {
        expect(copy.encodeIds(list.join(" "))).toEqual(sample.encodeIds(list.join(" ")));
      }),
      { numRuns: 100 },
    );
  });

  const good = { kind: "subwords", formatVersion: 1, alphabet: [" ", "a", "b"], merges: [["a", "b"]] };
  it.each([
    ["nothing", null],
    ["another kind", { ...good, kind: "vocabulary" }],
    ["a later version", { ...good, formatVersion: 2 }],
    ["no blank", { ...good, alphabet: ["a", "b"] }],
    ["a double character", { ...good, alphabet: [" ", "a", "b", "a"] }],
    ["a text as a character", { ...good, alphabet: [" ", "ab"] }],
    ["a merge of what is not there", { ...good, merges: [["a", "c"]] }],
    ["a merge of what comes later", { ...good, merges: [["ab", "a"], ["a", "b"]] }], // prettier-ignore
    ["a merge twice", { ...good, merges: [["a", "b"], ["a", "b"]] }], // prettier-ignore
    ["a blank inside a word", { ...good, merges: [["a", " "]] }],
    ["a triple", { ...good, merges: [["a", "b", "a"]] }],
    ["strange pieces", { ...good, pieces: [" ", "ba"] }],
  ])("refuses %s", (_name, value) => {
    expect(() => Subwords.fromJSON(value)).toThrow("SUBWORD_FORMAT");
  });
});
