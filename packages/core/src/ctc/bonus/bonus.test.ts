import { seeded } from "@timestep/base";
import { describe, expect, it } from "vitest";
import { drawnEmissions, emissionsOfRows, everyLabelling } from "../emissions.fixture.js";
import { NgramModel } from "../../language-model/ngram-model.js";
import { scoreSentences } from "../../language-model/perplexity.js";
import { trainNgrams } from "../../language-model/train-ngrams.js";
import { prefixBeamSearch } from "../search/prefix-beam-search.js";
import { combinedBonus, noBonus, type PrefixBonus } from "../search/prefix-bonus.js";
import { hotWordBonus } from "./hot-words.js";
import { labelModelBonus, wordModelBonus } from "./language-model-bonus.js";
import { tuneLanguageModel } from "./tune.js";

const after = (bonus: PrefixBonus, labels: readonly number[]): PrefixBonus =>
  labels.reduce((at, label) => at.after(label), bonus);

/** Blank, space, a, b. */
const alphabet = ["", " ", "a", "b"];
const model = trainNgrams([["a", "b"], ["a", "ab", "b"], ["ab"]], { order: 3, smoothing: "witten-bell" });

/** The search gives every labelling, ranked by probability and bonus. */
function expectExact(bonus: PrefixBonus, worth: (labels: readonly number[]) => number): void {
  const emissions = drawnEmissions(8, 5, 4);
  const wanted = everyLabelling(emissions)
    .map(({ labels, logProbability }) => ({ labels, score: logProbability + worth(labels) }))
    .sort((a, b) => b.score - a.score);
  const found = prefixBeamSearch(emissions, { beam: 1000, nBest: 1000, bonus });
  expect(found).toHaveLength(wanted.length);
  for (const [n, { score }] of found.entries()) expect(score).toBeCloseTo(wanted[n]?.score as number, 8);
  expect(found[0]?.labels).toEqual(wanted[0]?.labels);
}

function expectGainIsABound(bonus: PrefixBonus, labels: readonly number[]): void {
  const random = seeded(5);
  for (let run = 0; run < 200; run++) {
    let at = bonus;
    for (let n = 0; n < 15; n++) {
      const next = at.after(random.pick(labels));
      expect(next.score - at.score).toBeLessThanOrEqual(at.gain + 1e-9);
      at = next;
    }
  }
}

describe("labelModelBonus", () => {
  const options = { model, tokens: ["", "a", "b", "ab"], weight: 0.7, insertion: 0.4 };
  const worth = (labels: readonly number[]): number => {
    const words = labels.map((label) => options.tokens[label] as string);
    return 0.7 * scoreSentences(model, [words]).logProbability + 0.4 * labels.length;
  };

  it("adds what the model says of the labels, and of the end", () => {
    const bonus = labelModelBonus(options);
    expectExact(bonus, worth);
    expectGainIsABound(bonus, [1, 2, 3]);
    const open = after(labelModelBonus({ ...options, scoreEnd: false }), [1, 3]);
    expect(open.final()).toBe(open.score);
    expect(after(bonus, [1, 3]).final()).toBeLessThan(open.score);
  });

  it("changes what is heard", () => {
    const emissions = emissionsOfRows([
      [0.02, 0.94, 0.02, 0.02],
      [0.94, 0.02, 0.02, 0.02],
      [0.02, 0.5, 0.44, 0.04],
    ]);
    expect(prefixBeamSearch(emissions)[0]?.labels).toEqual([1, 1]);
    expect(prefixBeamSearch(emissions, { bonus: labelModelBonus(options) })[0]?.labels).toEqual([1, 2]);
  });
});

describe("wordModelBonus", () => {
  const options = { model, alphabet, separator: 1, weight: 0.8, insertion: 0.3, unknown: -0.5 };

  it("scores words once they have ended", () => {
    const bonus = wordModelBonus(options);
    expectExact(bonus, (labels) => {
      const words = labels
        .map((label) => alphabet[label])
        .join("")
        .split(" ")
        .filter((word) => word !== "");
      const unknown = words.filter((word) => !model.knows(word)).length;
      return 0.8 * scoreSentences(model, [words]).logProbability + 0.3 * words.length - 0.5 * unknown;
    });
    expectGainIsABound(bonus, [1, 2, 3]);
    expect(after(bonus, [2, 3]).score).toBe(0);
    expect(after(bonus, [2, 3, 1]).score).not.toBe(0);
    expect(after(bonus, [1, 1]).score).toBe(0);
  });

  it.each([{ weight: -1 }, { weight: NaN }, { insertion: Infinity }, { unknown: NaN }])(
    "refuses %j",
    (wrong) => {
      expect(() => wordModelBonus({ ...options, ...wrong })).toThrow(/CTC_LANGUAGE_MODEL/);
    },
  );

  it("names a label without a text", () => {
    expect(() => wordModelBonus(options).after(9)).toThrow(/CTC_ALPHABET: label 9/);
  });
});

describe("hotWordBonus", () => {
  it("hopes while a word can still come, and takes back what did not", () => {
    const bonus = hotWordBonus([{ labels: [3, 1, 20], boost: 6 }]);
    const scores = [3, 1, 7, 3, 1, 20, 5].map((_, n, all) => after(bonus, all.slice(0, n + 1)).score);
    expect(scores).toEqual([2, 4, 0, 2, 4, 6, 6]);
    expect(after(bonus, [3, 1]).final()).toBe(0);
    expect(after(bonus, [3, 1, 20]).final()).toBe(6);
    expect(after(bonus, [3, 3, 1, 20, 3, 1, 20]).final()).toBe(12);
  });

  it("hears whole words only where there is a separator", () => {
    const [space, cat] = [9, [3, 1, 20]];
    const bonus = hotWordBonus([{ labels: cat, boost: 6 }], { separator: space });
    const final = (...labels: number[]): number => after(bonus, labels).final();
    expect(final(...cat)).toBe(6);
    expect(final(...cat, 5)).toBe(0); // category
    expect(final(5, ...cat)).toBe(0); // bobcat
    expect(final(5, space, ...cat, space, 5)).toBe(6);
    expect(final(...cat, 5, space, ...cat, space, ...cat)).toBe(12);
    expect(after(bonus, [...cat, 5]).score).toBe(0);
  });

  it("prefers the longer of two, and phrases may hold separators", () => {
    const bonus = hotWordBonus(
      [
        { labels: [1], boost: 2 },
        { labels: [1, 9, 2], boost: 7 },
        { labels: [2], boost: 3 },
      ],
      { separator: 9 },
    );
    expect(after(bonus, [1, 9]).score).toBeCloseTo((7 * 2) / 3, 12);
    expect(after(bonus, [1, 9]).final()).toBe(2);
    expect(after(bonus, [1, 9, 2]).final()).toBe(7);
    expect(after(bonus, [1, 9, 5]).score).toBe(2);
    expect(after(bonus, [1, 9, 2, 2, 9, 2]).final()).toBe(5);
  });

  it.each([undefined, 4])(
    "agrees with reading the whole text, and keeps its bound: separator %s",
    (separator) => {
      const words = [
        { labels: [1], boost: 0.5 },
        { labels: [1, 2], boost: 2 },
        { labels: [2, 3, 1], boost: 3 },
        { labels: [3, 1, 2, 3, 1, 1], boost: 4 },
        { labels: [2, 2], boost: 1 },
      ];
      const bonus = hotWordBonus(words, separator === undefined ? {} : { separator });
      // Regular expressions take the first alternative: longer words first.
      const edge = separator === undefined ? "" : "(?![123])";
      const sorted = [...words].sort((a, b) => b.labels.length - a.labels.length);
      const start = separator === undefined ? "" : "(?<![123])";
      const pattern = new RegExp(
        sorted.map(({ labels }) => `${start}${labels.join("")}${edge}`).join("|"),
        "g",
      );
      const random = seeded(11);
      let heard = 0;
      for (let run = 0; run < 500; run++) {
        const labels = Array.from({ length: random.integer(14) }, () => 1 + random.integer(4));
        const wanted = (labels.join("").match(pattern) ?? []).reduce(
          (total, found) => total + (words.find((word) => word.labels.join("") === found)?.boost as number),
          0,
        );
        heard += wanted;
        expect(after(bonus, labels).final()).toBeCloseTo(wanted, 9);
      }
      expect(heard).toBeGreaterThan(100);
      expectGainIsABound(bonus, [1, 2, 3, 4]);
    },
  );

  it("brings a word through the search that the frames alone would lose", () => {
    const emissions = emissionsOfRows([
      [0.02, 0.02, 0.56, 0.4],
      [0.02, 0.02, 0.4, 0.56],
    ]);
    const bonus = hotWordBonus([{ labels: [3, 2], boost: 1 }]);
    expect(prefixBeamSearch(emissions)[0]?.labels).toEqual([2, 3]);
    expect(prefixBeamSearch(emissions, { bonus, beam: 2 })[0]?.labels).toEqual([3, 2]);
    const both = combinedBonus([bonus, wordModelBonus({ model, alphabet, separator: 1, weight: 0.1 })]);
    expectExact(both, (labels) => after(both, labels).final());
    expect(combinedBonus([])).toBe(noBonus);
  });

  it.each([
    [[{ labels: [], boost: 1 }], /has no labels/],
    [[{ labels: [1], boost: 0 }], /has the boost 0/],
    [[{ labels: [1, 9], boost: 1 }], /ends with the separator/],
    [
      [
        { labels: [1], boost: 1 },
        { labels: [1], boost: 2 },
      ],
      /hot word 1 \(labels 1\) stands there twice/,
    ],
  ])("refuses %j", (words, message) => {
    expect(() => hotWordBonus(words, { separator: 9 })).toThrow(message);
  });
});

describe("tuneLanguageModel", () => {
  const emissions = [1, 2, 3].map((seed) => drawnEmissions(seed, 8, 4, 1));
  const bonus = (weights: { weight: number; insertion: number }): PrefixBonus =>
    wordModelBonus({ model, alphabet, separator: 1, ...weights });

  it("finds the weights that made the references", async () => {
    const wanted = emissions.map(
      (each) => prefixBeamSearch(each, { bonus: bonus({ weight: 1, insertion: 2 }) })[0]?.labels,
    );
    const score = (best: readonly { labels: number[] }[]): number =>
      best.filter(({ labels }, n) => labels.join() !== wanted[n]?.join()).length;
    const seen: number[] = [];
    const { best, trials } = await tuneLanguageModel({
      emissions,
      weights: [3, 1, 0],
      insertions: [2, -2],
      bonus,
      score,
      onTrial: ({ loss }, done, of) => {
        seen.push(loss);
        expect([done, of]).toEqual([seen.length, 6]);
      },
    });
    expect(best).toEqual({ weight: 1, insertion: 2, loss: 0 });
    expect(trials.map(({ loss }) => loss)).toEqual(seen);
    expect(new Set(seen).size).toBeGreaterThan(1);
  });

  it("prefers little weight among equals, stops when told to, and refuses nothing and NaN", async () => {
    const options = { emissions, weights: [1, 0], insertions: [2, -1], bonus, score: () => 7 };
    expect((await tuneLanguageModel(options)).best).toEqual({ weight: 0, insertion: -1, loss: 7 });
    expect((await tuneLanguageModel({ ...options, onTrial: () => false })).trials).toHaveLength(1);
    await expect(tuneLanguageModel({ ...options, weights: [] })).rejects.toThrow(/CTC_TUNE/);
    await expect(tuneLanguageModel({ ...options, score: () => NaN })).rejects.toThrow(/CTC_TUNE.*NaN/);
  });
});

it("a model without an end of sentence still scores", () => {
  const bare = new NgramModel(1, [{ words: ["a"], logProbability: -1 }]);
  const bonus = labelModelBonus({ model: bare, tokens: ["", "a"], scoreEnd: false });
  expect(after(bonus, [1, 1]).final()).toBeCloseTo(-2 * Math.LN10, 12);
});
