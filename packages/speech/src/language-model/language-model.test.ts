import { ctcEmissionsOf, type CtcEmissions, trainNgrams } from "@timestep/core";
import { describe, expect, it } from "vitest";
import { readingsOf } from "../decode/recognition.js";
import { SpeechLabels } from "../labels/speech-labels.js";
import { type ExpectedTexts, expectedTexts } from "./expected-texts.js";
import { readLanguageModel, trainLanguageModel, writeLanguageModel } from "./train-language-model.js";

const texts = ["see the cat", "see the dog", "the cat sat", "the cat sat", "a cat"];

/** Each step says one label for certain, or is in two minds: [label, other, share of the label]. */
type Step = readonly [label: string, other?: string, share?: number];

function emissionsOf(labels: SpeechLabels, steps: readonly Step[]): CtcEmissions {
  const { classes, alphabet } = labels;
  const values = steps.flatMap(([label, other, share = 0.98]) => {
    const row = new Array<number>(classes).fill(0.02 / classes);
    row[alphabet.indexOf(label)] = share;
    if (other !== undefined) row[alphabet.indexOf(other)] = 0.98 - share;
    return row.map(Math.log);
  });
  return ctcEmissionsOf(values, steps.length, classes);
}

function heard(labels: SpeechLabels, steps: readonly Step[], expected?: ExpectedTexts): string {
  const bonus = expected === undefined ? {} : { bonus: expectedTexts(labels, expected) };
  const [best] = readingsOf(emissionsOf(labels, steps), { beam: 50, ...bonus });
  return labels.decode(best?.labels ?? []);
}

/** "the cat sat" where its "c" sounds a little more like "s", letter by letter. */
const unclear: Step[] = [..."the "].map((letter): Step => [letter]);
unclear.push(["s", "c", 0.6], ...[..."at sat"].map((letter): Step => [letter]));

describe("expected texts", () => {
  const letters = SpeechLabels.collect(texts, "characters");
  const words = SpeechLabels.collect(texts, "words");
  const { model } = trainLanguageModel(texts);

  it("correct what sounds ambiguous, by a model of words over letters", () => {
    expect(heard(letters, unclear)).toBe("the sat sat");
    expect(heard(letters, unclear, { languageModel: { model, weight: 1 } })).toBe("the cat sat");
    // A word that it does not know costs as much as it is told to.
    const weighted = { model, weight: 0, wordBonus: 0 };
    expect(heard(letters, [...unclear, ["e", "", 0.6]], { languageModel: weighted })).toBe("the sat sat");
    const known = { ...weighted, unknownWord: 0 };
    expect(heard(letters, [...unclear, ["e", "", 0.6]], { languageModel: known })).toBe("the sat sate");
    // Without weight it has no say; the sound still decides against a weak one.
    expect(heard(letters, unclear, { languageModel: { model, weight: 0, wordBonus: 0 } })).toBe(
      "the sat sat",
    );
  });

  it("correct it by a model of characters, and by one of words over words", () => {
    const { model: spelling } = trainLanguageModel(texts, { order: 5, unit: "characters" });
    expect(heard(letters, unclear, { languageModel: { model: spelling, weight: 1, wordBonus: 0 } })).toBe(
      "the cat sat",
    );
    const spoken: Step[] = [["the"], ["sat", "cat", 0.6], [""], ["sat"]];
    expect(heard(words, spoken)).toBe("the sat sat");
    expect(heard(words, spoken, { languageModel: { model, weight: 1 } })).toBe("the cat sat");
  });

  it("bring out hot words, whole ones alone, several with a blank between them", () => {
    expect(heard(letters, unclear, { hotWords: ["cat"] })).toBe("the cat sat");
    expect(heard(letters, unclear, { hotWords: ["cat"], hotBoost: 0.1 })).toBe("the sat sat");
    expect(heard(letters, unclear, { hotWords: ["the cat"] })).toBe("the cat sat");
    expect(heard(letters, unclear, { hotWords: ["ca"] })).toBe("the sat sat");
    expect(heard(words, [["the"], ["sat", "cat", 0.6]], { hotWords: ["the cat"] })).toBe("the cat");
  });

  it("take characters for tokens where words are written without blanks", () => {
    const written = SpeechLabels.collect(["好棒", "你好"], "characters");
    const steps: Step[] = [["你"], ["棒", "好", 0.6]];
    const { model: characters } = trainLanguageModel(["你好", "你好"], { unit: "characters" });
    expect(heard(written, steps)).toBe("你棒");
    expect(heard(written, steps, { languageModel: { model: characters, weight: 1 } })).toBe("你好");
  });

  it("refuse a model of which nothing can be said, and hot words with other labels", () => {
    const shouted = trainNgrams([["SEE", "THE", "CAT"]]);
    const refused = expect.objectContaining({
      code: "SPEECH_LANGUAGE_MODEL",
      message: expect.stringMatching(/none of the 3 words .*SEE, THE, CAT/) as unknown,
    }) as unknown;
    for (const labels of [letters, words]) {
      expect(() => expectedTexts(labels, { languageModel: { model: shouted } })).toThrow(refused as Error);
    }
    const strange = expect.objectContaining({ code: "SPEECH_ALPHABET" }) as Error;
    expect(() => expectedTexts(letters, { hotWords: ["zoo"] })).toThrow(strange);
    const empty = expect.objectContaining({ code: "CTC_HOT_WORDS" }) as Error;
    expect(() => expectedTexts(letters, { hotWords: ["cat", " "] })).toThrow(empty);
  });
});

describe("a language model", () => {
  it("is the same after it was written and read, packed or not", async () => {
    const { model, score, texts: read, tokens } = trainLanguageModel([...texts, "", "  "], { order: 2 });
    expect([read, tokens]).toEqual([5, 14]);
    const bytes = new TextEncoder().encode(writeLanguageModel(model));
    const packed = new Response(new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip")));
    for (const content of [bytes, new Uint8Array(await packed.arrayBuffer())]) {
      const found = await readLanguageModel({ name: "m.arpa", bytes: () => Promise.resolve(content) });
      expect([...found.entries()].length).toBe([...model.entries()].length);
      expect(found.step(found.begin(), "see").logProbability).toBeCloseTo(
        model.step(model.begin(), "see").logProbability,
        6,
      );
    }
    // Better at what it has read than at what it has not.
    expect(score(texts).perplexity).toBeLessThan(score(["dog the see"]).perplexity);
    const noModel = { name: "a.txt", bytes: () => Promise.resolve(new TextEncoder().encode("hello\n")) };
    await expect(readLanguageModel(noModel)).rejects.toMatchObject({ code: "ARPA_FORMAT" });
  });
});
