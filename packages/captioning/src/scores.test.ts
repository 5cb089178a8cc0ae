import { describe, expect, it } from "vitest";
import { scoreCaptions, varietyOf } from "./scores.js";
import { captioningSettings, type PartialCaptioningSettings } from "./settings.js";
import { CaptionVocabulary } from "./vocabulary.js";

const vocabularyOf = (captions: string[], text: PartialCaptioningSettings["text"] = {}): CaptionVocabulary =>
  CaptionVocabulary.learn(captions, captioningSettings.parse({ text: { minCount: 1, ...text } }).text);

describe("scoreCaptions", () => {
  const english = vocabularyOf(["a dog runs"]);

  it("finds nothing better than a reference, and counts it as exact whatever its marks", () => {
    const references = [["A dog runs on the grass.", "It runs."], ["Two cats sleep on a bed ."]];
    const said = ["a dog runs on the grass", "two cats sleep on a bed"];
    const { metrics, byPicture, signature } = scoreCaptions(references, said, english);
    for (const name of ["bleu1", "bleu4", "exact"]) expect(metrics[name]).toBeCloseTo(100, 4);
    expect(byPicture).toHaveLength(2);
    expect(byPicture.reduce((a, b) => a + b) / 2).toBeCloseTo(metrics["ciderD"] as number, 4);
    expect(signature).toMatch(/ptb/);
    const other = scoreCaptions(references, ["a dog runs on the grass", "a dog"], english);
    expect(other.metrics["exact"]).toBe(50);
    expect(other.metrics["bleu4"]).toBeLessThan(100);
  });

  it("cuts ideographs as the settings do", () => {
    const chinese = vocabularyOf(["一只狗在跑"], { words: "ideographs", language: "zh" });
    const { metrics, signature } = scoreCaptions([["一只狗在跑。"]], ["一只猫在跑"], chinese);
    expect(metrics["bleu1"]).toBeCloseTo(80, 4);
    expect(metrics["exact"]).toBe(0);
    expect(signature).toMatch(/none/);
  });
});

describe("varietyOf", () => {
  it("counts what was said before, here or in training", () => {
    const english = vocabularyOf(["a dog runs"]);
    const said = ["a dog runs", "a dog runs", "a cat", "a cat sleeps"];
    expect(varietyOf(said, [["A dog runs."], ["a bird"]], english)).toEqual({
      distinct: 75,
      copied: 50,
      vocabulary: 5,
      meanLength: 11 / 4,
    });
  });

  it("takes ideographs for words where the settings do", () => {
    const chinese = vocabularyOf(["一只狗"], { words: "ideographs", language: "zh" });
    expect(varietyOf(["一只狗", "一只猫"], [["一只狗。"]], chinese)).toEqual({
      distinct: 100,
      copied: 50,
      vocabulary: 4,
      meanLength: 3,
    });
  });
});
