import { describe, expect, it } from "vitest";
import { WordUnits } from "@timestep/data";
import { scoreTranslations } from "./scores.js";
import { Side } from "./units/index.js";

const side = (language: string, words: "sentence" | "blanks"): Side =>
  new Side({ language, words, lowercase: true, normalise: true }, WordUnits.learn(["a"]));

describe("scoreTranslations", () => {
  it("gives 100 to the reference in any case", () => {
    const references = ["A dog’s ball, two cats and a bird.", "He doesn't run fast."];
    const { metrics } = scoreTranslations(
      references,
      ["a dog's ball, two cats and a bird.", "he doesn't run fast."],
      side("en", "sentence"),
    );
    expect(metrics["bleu"]).toBeCloseTo(100, 8);
  });

  it("cuts words as the target side does, and says so", () => {
    const references = ["the cat sits on the mat."];
    const said = ["the cat sits on the mat"];
    const tokenised = scoreTranslations(references, said, side("en", "sentence"));
    const blanks = scoreTranslations(references, said, side("en", "blanks"));
    // With the stop as a word of its own six of seven words are there; without, five of six.
    expect(tokenised.metrics["bleu"]).toBeGreaterThan(blanks.metrics["bleu"] as number);
    expect([tokenised.signature, blanks.signature]).toEqual([
      expect.stringContaining("words:sentence"),
      expect.stringContaining("words:blanks"),
    ]);
  });

  it("goes by characters where words are not parted", () => {
    const { metrics, signature } = scoreTranslations(
      ["他在公园里跑步。"],
      ["他在公园里走路。"],
      side("zh", "blanks"),
    );
    expect(metrics["bleu"]).toBeGreaterThan(0);
    expect(signature).toMatch(/bleu:\S*tok:char\S* .*sacrebleu:\S*tok:zh/);
  });
});
