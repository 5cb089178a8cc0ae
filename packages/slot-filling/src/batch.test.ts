import { DataError, seeded } from "@timestep/base";
import { CAPITALISATIONS, fromBrackets, PAD, UNK } from "@timestep/data";
import { describe, expect, it } from "vitest";
import { encodeExample, encodeTokens, makeBatch, makeLabelledBatch } from "./batch.js";
import { tinySettings } from "./fixtures/trips.js";
import { collectVocabulary } from "./vocabulary.js";

const settings = tinySettings().model;
const examples = [
  { ...fromBrackets("leave [origin New York] at 7:45"), intent: "find" },
  { ...fromBrackets("leave [origin Bonn]"), intent: "book" },
];
const vectors = { words: ["bonn", "York", "0:00"], dimension: 2, values: new Float32Array(6) };
const vocabulary = collectVocabulary(examples, settings, vectors);
const encode = (text: string) => encodeTokens(text.split(" "), vocabulary, settings);

describe("encodeTokens", () => {
  it("gives each token a word, a vector, a case and its characters", () => {
    const encoded = encode("Leave BONN 8:30 x");
    expect(encoded.words).toEqual([vocabulary.words.id("leave"), vocabulary.words.id("bonn"), 2 + 1, UNK]);
    expect(encoded.vectors).toEqual([UNK, 2, 4, UNK]); // BONN by its lower case, 8:30 by its digits
    const cases = encoded.cases.map((id) => CAPITALISATIONS[id - 1]);
    expect(cases).toEqual(["title", "upper", "digit", "lower"]);
    expect(encoded.characters[0]).toEqual(vocabulary.characters.encode([..."Leave"]));
  });

  it("prefers a vector of the word as written", () => {
    const both = { words: ["york", "York"], dimension: 1, values: new Float32Array(2) };
    const known = collectVocabulary(examples, settings, both);
    expect(encodeTokens(["York", "york", "YORK"], known, settings).vectors).toEqual([3, 2, 2]);
  });

  it("has no vector ids without pretrained vectors", () => {
    expect(encodeTokens(["Bonn"], collectVocabulary(examples, settings), settings).vectors).toEqual([]);
  });

  it("reads a long word by its two ends, counting characters and not code units", () => {
    const long = `${"B".repeat(16)}${"o".repeat(5000)}${"n".repeat(16)}`;
    const [ids] = encode(long).characters;
    const { characters } = vocabulary;
    expect(ids).toEqual(characters.encode([..."B".repeat(16), ..."n".repeat(16)]));
    expect(encode("😀".repeat(40)).characters[0]).toEqual(Array(32).fill(UNK));
    expect(encode("o".repeat(32)).characters[0]).toHaveLength(32);
  });
});

describe("encodeExample", () => {
  it("adds BIOES tags, the intent and where it came from", () => {
    const encoded = encodeExample(
      { ...(examples[0] as (typeof examples)[0]), origin: { file: "a", line: 7 } },
      vocabulary,
      settings,
    );
    expect(vocabulary.tags.decode(encoded.tags)).toEqual(["O", "B-origin", "E-origin", "O", "O"]);
    expect(encoded.intent).toBe(vocabulary.intents?.id("find"));
    expect(encoded.place).toBe("a:7");
  });

  it("refuses a tag that the vocabulary lacks", () => {
    const act = () => encodeExample(fromBrackets("[airline LH]"), vocabulary, settings);
    expect(act).toThrow(expect.objectContaining({ code: "LABEL_UNKNOWN" }));
    expect(act).toThrow(DataError);
  });
});

describe("makeBatch", () => {
  const batch = makeBatch([encode("leave York leave"), encode("Bonn"), encode("York at")]);

  it("pads every part to the longest sentence", () => {
    expect(batch.words.time).toBe(3);
    expect(batch.lengths).toEqual([3, 1, 2]);
    expect(Array.from(batch.words.ids.slice(3, 6))).toEqual([vocabulary.words.id("bonn"), PAD, PAD]);
    expect(Array.from(batch.cases.ids.slice(4, 6))).toEqual([PAD, PAD]);
    expect(Array.from(batch.vectors.ids.slice(3, 6))).toEqual([2, PAD, PAD]);
  });

  it("reads each spelling once and finds every token's", () => {
    const { characters } = vocabulary;
    expect(batch.spellings.batch).toBe(5); // leave, York, Bonn, padding, at
    const spelt = Array.from(batch.spellingOf, (row) => {
      const start = row * batch.spellings.time;
      const length = batch.spellings.lengths[row] as number;
      return characters.decode(Array.from(batch.spellings.ids.slice(start, start + length))).join("");
    });
    expect(spelt).toEqual(["leave", "York", "leave", "Bonn", "<pad>", "<pad>", "York", "at", "<pad>"]);
  });

  it("takes a batch of empty sentences", () => {
    const empty = makeBatch([encodeTokens([], vocabulary, settings)]);
    expect(empty.lengths).toEqual([0]);
    expect(empty.spellingOf.length).toBe(empty.words.time);
  });

  it("makes about the asked share of words unknown, and nothing else", () => {
    const sentences = Array.from({ length: 200 }, () => encode("leave York at 7:45 leave"));
    const dropped = makeBatch(sentences, { rate: 0.3, random: seeded(5) });
    const unknown = dropped.words.ids.filter((id) => id === UNK).length / 1000;
    expect(unknown).toBeGreaterThan(0.26); // 0.3 ± 3 standard deviations
    expect(unknown).toBeLessThan(0.34);
    const kept = makeBatch(sentences);
    expect(kept.words.ids.includes(UNK)).toBe(false);
    expect({ ...dropped, words: kept.words }).toEqual(kept);
    expect(makeBatch(sentences, { rate: 0, random: seeded(5) })).toEqual(kept);
    expect(makeBatch(sentences, { rate: 0.3, random: seeded(5) })).toEqual(dropped);
    expect(makeBatch(sentences, { rate: 0.3, random: seeded(6) })).not.toEqual(dropped);
  });
});

it("makeLabelledBatch keeps tags, intents and places in the order of the rows", () => {
  const rows = examples.map((example) => encodeExample(example, vocabulary, settings));
  const batch = makeLabelledBatch(rows.toReversed());
  expect(batch.tags.map((tags) => tags.length)).toEqual([2, 5]);
  expect(batch.intents).toEqual(["book", "find"].map((intent) => vocabulary.intents?.id(intent)));
  expect(batch.places).toHaveLength(2);
});
