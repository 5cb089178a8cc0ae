import { seeded } from "@timestep/base";
import { describe, expect, it } from "vitest";
import { formatArpa, parseArpa } from "./arpa.js";
import { NgramModel } from "./ngram-model.js";
import { scoreSentences } from "./perplexity.js";
import { kneserNeyDiscount, smoothings } from "./smoothing.js";
import { characterTokens, trainNgrams } from "./train-ngrams.js";

const probability = (model: NgramModel, context: string, word: string): number =>
  Math.exp(model.step(model.stateAfter(context === "" ? [] : context.split(" ")), word).logProbability);

/** Sentences in which words depend on the one before. */
function drawnSentences(seed: number, count: number, size: number): string[][] {
  const random = seeded(seed);
  return Array.from({ length: count }, () => {
    let word = 0;
    return Array.from({ length: random.integer(8) }, () => {
      word = random.uniform() < 0.6 ? (2 * word + 1) % size : Math.floor(size * random.uniform() ** 2);
      return `w${word}`;
    });
  });
}

describe("worked by hand: the sentences a b, and a", () => {
  const sentences = [["a", "b"], ["a"]];

  it("Witten–Bell", () => {
    const model = trainNgrams(sentences, { order: 2, smoothing: "witten-bell" });
    // 5 tokens of 3 types: 3/8 goes to the uniform distribution over a, b, </s> and <unk>.
    expect(probability(model, "", "a")).toBeCloseTo(2 / 8 + 3 / 32, 12);
    expect(probability(model, "", "b")).toBeCloseTo(1 / 8 + 3 / 32, 12);
    expect(probability(model, "", "never")).toBeCloseTo(3 / 32, 12);
    // "a" is followed by two types in two tokens: half goes to unigrams.
    expect(probability(model, "a", "b")).toBeCloseTo(1 / 4 + 7 / 64, 12);
    expect(probability(model, "a", "</s>")).toBeCloseTo(1 / 4 + 11 / 64, 12);
    expect(probability(model, "a", "a")).toBeCloseTo(11 / 64, 12);
    expect(probability(model, "<s>", "a")).toBeCloseTo(2 / 3 + 11 / 96, 12);
  });

  it("modified Kneser–Ney", () => {
    const model = trainNgrams(sentences, { order: 2 });
    // Contexts: a 1, b 1, </s> 2. Y = 2/(2 + 2), D1 = 1 - 2·½·½ = ½, D2 = 1 as nothing has 3: ½ goes to the uniform.
    expect(probability(model, "", "a")).toBeCloseTo(0.5 / 4 + 1 / 8, 12);
    expect(probability(model, "", "</s>")).toBeCloseTo(1 / 4 + 1 / 8, 12);
    // Bigrams: three occur once, one twice. Y = 3/5, D1 = 1 - 2·⅗·⅓ = ⅗, D2 = 1.
    expect(probability(model, "a", "b")).toBeCloseTo(0.4 / 2 + 0.6 * 0.25, 12);
    expect(probability(model, "a", "</s>")).toBeCloseTo(0.4 / 2 + 0.6 * 0.375, 12);
    expect(probability(model, "<s>", "a")).toBeCloseTo(1 / 2 + 0.5 * 0.25, 12);
  });

  it("perplexity", () => {
    const model = trainNgrams(sentences, { order: 2, smoothing: "witten-bell" });
    // p(a | <s>) = 25/32, p(</s> | a) = 27/64.
    const score = scoreSentences(model, [["a"]]);
    expect(score.tokens).toBe(2);
    expect(score.perplexity).toBeCloseTo(1 / Math.sqrt((25 / 32) * (27 / 64)), 10);
    expect(scoreSentences(model, [["a", "z"]])).toMatchObject({ tokens: 3, unknown: 1 });
    const closed = new NgramModel(1, [
      { words: ["a"], logProbability: -1 },
      { words: ["</s>"], logProbability: -1 },
    ]);
    expect(scoreSentences(closed, [["a", "z"]])).toMatchObject({ tokens: 2, unknown: 1 });
    expect(scoreSentences(closed, [["a", "z"]]).perplexity).toBeCloseTo(10, 10);
    expect(closed.step(0, "z").logProbability).toBeCloseTo(-100 * Math.LN10, 9);
  });
});

describe.each(smoothings)("%s", (smoothing) => {
  const sentences = drawnSentences(3, 120, 12);

  it.each([1, 2, 3, 4, 5])("probabilities add up to 1 in every context, order %i", (order) => {
    for (const texts of [sentences, sentences.slice(0, 2)]) {
      const model = trainNgrams(texts, { order, smoothing, minimumCount: 2 });
      const words = model.vocabulary.filter((word) => word !== "<s>");
      const contexts = [
        [],
        ["<s>"],
        ["w1"],
        ["<s>", "w0", "w1", "w3"],
        ["w9", "w9", "w9"],
        ["new"],
        ...texts,
      ];
      for (const context of contexts) {
        const state = model.stateAfter(context);
        const total = words.reduce((sum, word) => sum + Math.exp(model.step(state, word).logProbability), 0);
        expect(total).toBeCloseTo(1, 9);
      }
    }
  });

  it("predicts better with each order that tells something, and keeps words that do not occur", () => {
    const held = drawnSentences(4, 60, 12);
    const perplexities = [1, 2].map(
      (order) => scoreSentences(trainNgrams(sentences, { order, smoothing }), held).perplexity,
    );
    expect(perplexities[1]).toBeLessThan(0.8 * (perplexities[0] as number));
    const model = trainNgrams([["a"]], { order: 2, smoothing, vocabulary: ["a", "b"] });
    expect(model.knows("b")).toBe(true);
    expect(probability(model, "a", "b")).toBeCloseTo(probability(model, "a", "never"), 12);
  });

  it("survives the ARPA format", () => {
    const model = trainNgrams(sentences, { order: 3, smoothing });
    const text = formatArpa(model);
    const read = parseArpa(text);
    expect(formatArpa(read)).toBe(text);
    expect(read.order).toBe(3);
    const wanted = scoreSentences(model, drawnSentences(5, 50, 15));
    expect(scoreSentences(read, drawnSentences(5, 50, 15)).logProbability).toBeCloseTo(
      wanted.logProbability,
      4,
    );
    expect(wanted.unknown).toBeGreaterThan(0);
  });
});

describe("NgramModel", () => {
  const model = parseArpa(
    [
      "made by hand",
      "\\data\\",
      "ngram 1=5\nngram 2=2\nngram 3=1",
      "\n\\1-grams:",
      "-99\t<s>\t-0.5\n-1\t</s>\n-0.6\ta\t-0.2\n-0.7\tb -0.1\n-1.5\t<unk>",
      "\n\\2-grams:",
      "-0.3\t<s> a\t-0.4\n-0.25\ta b",
      "\n\\3-grams:",
      "-0.05\t<s> a b",
      "\n\\end\\",
    ].join("\n"),
  );
  const log10 = (context: string[], word: string): number =>
    model.step(model.stateAfter(context), word).logProbability / Math.LN10;

  it("takes the longest n-gram and backs off through each shorter context", () => {
    expect(log10(["<s>", "a"], "b")).toBeCloseTo(-0.05, 10);
    expect(log10(["a"], "b")).toBeCloseTo(-0.25, 10);
    expect(log10(["<s>", "a"], "a")).toBeCloseTo(-0.4 - 0.2 - 0.6, 10);
    expect(log10(["b", "a"], "b")).toBeCloseTo(-0.25, 10); // b a is no context: nothing is lost
    expect(log10(["a", "b"], "a")).toBeCloseTo(0 - 0.1 - 0.6, 10);
    expect(log10(["b"], "zebra")).toBeCloseTo(-0.1 - 1.5, 10);
    expect(log10(["zebra"], "b")).toBeCloseTo(-0.7, 10);
    expect(model.step(model.begin(), "a").matched).toBe(2);
    expect(model.step(model.begin(), "zebra").matched).toBe(0);
    expect(model.stateAfter(["<s>"])).toBe(model.begin());
  });

  it.each([
    [/LM_NGRAM: n-gram "b a" came without "b"|"b", which is no unigram/, [["a"], ["b", "a"]]],
    [/LM_NGRAM: n-gram "a a a" came without "a a"/, [["a"], ["a", "a", "a"]]],
    [/LM_NGRAM: n-gram "a" is there twice/, [["a"], ["a"]]],
    [/LM_NGRAM: n-gram "a a a a" has 4 words in a model of order 3/, [["a"], ["a", "a", "a", "a"]]],
  ])("refuses with %s", (message, ngrams) => {
    expect(
      () =>
        new NgramModel(
          3,
          ngrams.map((words) => ({ words, logProbability: -1 })),
        ),
    ).toThrow(message);
  });
});

describe("parseArpa", () => {
  const lines = [
    "\\data\\",
    "ngram 1=2",
    "ngram 2=1",
    "",
    "\\1-grams:",
    "-1 a 0.1",
    "-1 b",
    "",
    "\\2-grams:",
    "-1 a b",
    "",
    "\\end\\",
  ];
  const changed = (line: number, text: string): string =>
    lines.map((old, n) => (n + 1 === line ? text : old)).join("\n");

  it("takes lines as well as a text, and either line ending", () => {
    for (const input of [lines, lines.join("\n"), lines.join("\r\n")]) {
      expect([...parseArpa(input).entries()].map(({ words }) => words.join(" "))).toEqual(["a", "b", "a b"]);
    }
  });

  it.each([
    [1, "data", /ARPA_FORMAT: x\.arpa, line 13: there is no "\\data\\"/],
    [2, "ngram 1=3", /line 9: 3 1-grams were promised, got 2/],
    [2, "ngram 1=1", /line 7: expected "\\2-grams:"/],
    [3, "ngram 3=1", /line 3: expected "ngram 2=…", got "ngram 3=1"/],
    [6, "-1 a b c", /line 6: expected a number, 1 words/],
    [6, "1 a", /line 6: "1" and "0" are not a log probability/],
    [6, "x a", /line 6: "x" and "0"/],
    [6, "-1 a much", /line 6: "-1" and "much"/],
    [7, "-1 a", /LM_NGRAM: line 7: n-gram "a" is there twice/],
    [10, "-1 a c", /LM_NGRAM: line 10: n-gram "a c" has "c", which is no unigram/],
    [12, "", /line 13: expected "\\end\\"/],
  ])("names line and reason: line %i as %j", (line, text, message) => {
    expect(() => parseArpa(changed(line, text), { name: "x.arpa" })).toThrow(message);
  });
});

describe("kneserNeyDiscount", () => {
  it("follows from how many n-grams occur once to four times", () => {
    const times = [1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 4, 9]; // n1…n4 = 8, 4, 2, 1; Y = ½
    const discount = kneserNeyDiscount(
      new Map(times.map((count, n) => [`w${n}`, { words: [`w${n}`], count }])),
    );
    expect([1, 2, 3, 4, 9].map(discount)).toEqual([0.5, 1.25, 2, 2, 2]);
  });
});

describe("trainNgrams", () => {
  it("models characters", () => {
    expect(characterTokens("好 ab")).toEqual(["好", "▁", "a", "b"]);
    const model = trainNgrams(["the cat", "the hat"].map(characterTokens), {
      order: 4,
      smoothing: "witten-bell",
    });
    expect(probability(model, "t h", "e")).toBeGreaterThan(0.5);
  });

  it.each([
    [/LM_ORDER/, [["a"]], { order: 0 }],
    [/LM_SMOOTHING/, [["a"]], { smoothing: "laplace" as never }],
    [/LM_MINIMUM_COUNT/, [["a"]], { minimumCount: 0 }],
    [/LM_WORD: "a b"/, [["a b"]], {}],
    [/LM_WORD: "<s>"/, [["<s>"]], {}],
    [/LM_EMPTY/, [], {}],
  ])("refuses with %s", (message, sentences, options) => {
    expect(() => trainNgrams(sentences, options)).toThrow(message);
  });
});
