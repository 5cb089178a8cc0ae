import { EOS, UNK } from "@timestep/data";
import { describe, expect, it } from "vitest";
import { captioningSettings, type PartialCaptioningSettings } from "./settings.js";
import { CaptionVocabulary } from "./vocabulary.js";

const learnt = (
  captions: readonly string[],
  text: PartialCaptioningSettings["text"] = {},
): CaptionVocabulary =>
  CaptionVocabulary.learn(captions, captioningSettings.parse({ text: { minCount: 1, ...text } }).text);
const wordsOf = (vocabulary: CaptionVocabulary, tokens: readonly number[]): string[] =>
  tokens.map((token) => vocabulary.show(token));

describe("CaptionVocabulary", () => {
  it("has words in lower case without marks, and says them as people do", () => {
    const vocabulary = learnt(["A dog , running on the beach .", "It's a dog's ball !"]);
    const tokens = vocabulary.encode("A dog on the beach.");
    expect(wordsOf(vocabulary, tokens)).toEqual(["a", "dog", "on", "the", "beach"]);
    expect(vocabulary.decode(tokens)).toBe("a dog on the beach");
    expect(Math.min(...tokens)).toBeGreaterThan(EOS);
  });

  it("keeps marks and capitals where it is told to", () => {
    const vocabulary = learnt(["A dog, running."], { punctuation: true, lowercase: false });
    expect(wordsOf(vocabulary, vocabulary.encode("A dog, running."))).toEqual([
      "A",
      "dog",
      ",",
      "running",
      ".",
    ]);
    expect(vocabulary.decode(vocabulary.encode("A dog, running."))).toBe("A dog, running.");
  });

  it("takes each ideograph for a word, and writes them without blanks", () => {
    const vocabulary = learnt(["一只狗在跑", "两只猫"], { words: "ideographs", language: "zh" });
    const tokens = vocabulary.encode("一只猫在跑。");
    expect(wordsOf(vocabulary, tokens)).toEqual(["一", "只", "猫", "在", "跑"]);
    expect(vocabulary.decode(tokens)).toBe("一只猫在跑");
  });

  it("does not know what is rare or too much, and cuts captions that are too long", () => {
    const captions = ["a dog", "a dog", "a cat", "a bird runs"];
    const often = learnt(captions, { minCount: 2 });
    expect(often.encode("a dog a cat").map((token) => token === UNK)).toEqual([false, false, false, true]);
    const few = learnt(captions, { size: 2 });
    expect(few.size).toBe(often.size);
    expect(learnt(captions, { maxWords: 2 }).encode("a bird runs")).toHaveLength(2);
    expect(() => learnt(captions, { minCount: 9 })).toThrow(
      expect.objectContaining({ code: "CAPTION_NO_WORDS" }) as Error,
    );
  });

  it("learns which words want another behind them, from at least fifty captions", () => {
    const animals = ["dog", "cat", "bird", "fish", "horse"];
    const captions = Array.from({ length: 60 }, (_, n) => `ein ${animals[n % 5] ?? ""} auf dem gras`);
    const vocabulary = learnt(captions, { language: "de" });
    const dangles = (word: string): boolean => vocabulary.dangles(vocabulary.encode(word)[0] as number);
    expect(["ein", "auf", "dem", "gras", "dog"].map(dangles)).toEqual([true, true, true, false, false]);
    expect(vocabulary.dangles(UNK)).toBe(false);
    const few = learnt(captions.slice(0, 40), { language: "de" });
    expect(few.dangles(few.encode("ein")[0] as number)).toBe(false);
    // A word that ends more than one of 500 captions that have it may end another.
    const ends = learnt([...captions, "was ist auf"], { language: "de" });
    expect(ends.dangles(ends.encode("auf")[0] as number)).toBe(false);
  });

  it("comes back from its file, which it checks", () => {
    const captions = Array.from({ length: 60 }, () => "a dog on the grass");
    const vocabulary = learnt(captions);
    const settings = captioningSettings.parse({}).text;
    const read = (value: unknown): CaptionVocabulary => CaptionVocabulary.fromJSON(value, settings);
    const again = read(JSON.parse(JSON.stringify(vocabulary)));
    expect(again.toJSON()).toEqual(vocabulary.toJSON());
    expect(again.encode("the dog")).toEqual(vocabulary.encode("the dog"));
    expect(again.dangles(again.encode("the")[0] as number)).toBe(true);
    for (const wrong of [
      3,
      {},
      { words: {}, dangling: [] },
      { ...(vocabulary.toJSON() as object), dangling: [-1] },
    ])
      expect(() => read(wrong)).toThrow(/VOCAB_FORMAT|SEGMENT_FORMAT/);
  });
});
