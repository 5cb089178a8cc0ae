import { describe, expect, it } from "vitest";
import { chrf, type ChrfOptions, formatChrf } from "./chrf.js";

// Texts and scores of sacreBLEU 2's own tests (test/test_chrf.py) unless a case says otherwise.
const score = (references: string[], hypotheses: string[], options: ChrfOptions) =>
  chrf(
    references.map((text) => [text]),
    hypotheses,
    options,
  ).chrf;

const RISK = [
  "risk assessment has to be undertaken by those who are qualified and expert in that area - that is the scientists .",
  "risk assessment must be made of those who are qualified and expertise in the sector - these are the scientists .",
] as const;
const OBAMA = [
  "Das Verhältnis zwischen Obama und Netanyahu ist nicht gerade freundschaftlich.",
  "Die Beziehung zwischen Obama und Netanjahu ist nicht gerade freundlich.",
] as const;
const WALL = "Niemand hat die Absicht, eine Mauer zu errichten";

describe("chrf", () => {
  it.each<[string[], string[], number]>([
    [["hijklmnop"], ["abcdefg"], 0],
    [["b"], ["a"], 0],
    [["b"], [""], 0],
    [["reference"], [""], 0],
    [["ab"], ["aa"], 8.3333],
    [["a", "c"], ["a", "b"], 8.3333],
    [["a"], ["a"], 16.6667],
    [["a b c"], ["a b c"], 50],
    [["abc"], ["a b c"], 50],
    [[RISK[0]], [` ${RISK[1]}`], 63.36173],
    [
      [OBAMA[0]],
      [" Die    Beziehung zwischen  Obama und Netanjahu ist nicht gerade  freundlich. "],
      64.1302698,
    ],
    [[WALL], [WALL], 100],
  ])("with epsilon smoothing scores %j against %j as %f", (references, hypotheses, expected) => {
    expect(score(references, hypotheses, { beta: 3, epsilonSmoothing: true })).toBeCloseTo(expected, 4);
  });

  it.each<[string[], string[], number]>([
    [["a"], ["a"], 100],
    [["reference"], [""], 0],
    [["a b c"], ["a b c"], 100],
    [["abc"], ["a b c"], 100],
    [["c"], [""], 0],
    [["a", "c"], ["a", "b"], 50],
    [["ab"], ["aa"], 25],
  ])("with effective order scores %j against %j as %f", (references, hypotheses, expected) => {
    expect(score(references, hypotheses, { beta: 3 })).toBeCloseTo(expected, 4);
  });

  it("counts white space when asked", () => {
    expect(score([OBAMA[0]], [OBAMA[1]], { beta: 3, whitespace: true })).toBeCloseTo(67.3481606, 4);
    expect(score([RISK[0]], [RISK[1]], { beta: 3, whitespace: true })).toBeCloseTo(65.2414427, 4);
  });

  it.each([
    [
      "Nejvíce smutní jsme z toho, že musíme rozhodovat o tom, kdo bude žít a kdo zemře.",
      "Co nás nejvíc trápí, protože lékaři si vybírají, kdo bude žít a kdo zemře.",
      39.14078509,
    ],
    [
      "A někdy nemáme ani potřebný materiál, abychom jim pomohli, popsali lékaři.",
      "Nebo prostě nemají vybavení, které by jim pomohlo, uvedli lékaři.",
      31.22557079,
    ],
    [
      "Lapali po dechu a pak jejich život skončil - dřív, než skutečně mohl začít, připomněli.",
      "Lapali po dechu, jejich životy skončily dřív, než skutečně začaly.",
      57.15704367,
    ],
  ])("scores one sentence by default settings: %j", (reference, hypothesis, expected) => {
    expect(score([reference], [hypothesis], { epsilonSmoothing: true })).toBeCloseTo(expected, 4);
  });

  it("agrees with the metric card of chrF in the Hugging Face library evaluate, which calls sacreBLEU", () => {
    const references = [
      "The relationship between dogs and cats is not exactly friendly.",
      "A good bookshop is just a genteel Black Hole that knows how to read.",
    ];
    const hypotheses = [
      "The relationship between cats and dogs is not exactly friendly.",
      "a good bookshop is just a genteel black hole that knows how to read.",
    ];
    expect(score(references, hypotheses, {})).toBeCloseTo(84.64214891738334, 8);
    expect(score(references, hypotheses, { wordOrder: 2 })).toBeCloseTo(82.87263732906315, 8);
    expect(score(references, hypotheses, { wordOrder: 2, lowercase: true })).toBeCloseTo(
      92.12853119829202,
      8,
    );
  });

  it("scores each sentence against its best reference, and prints as sacreBLEU's documentation does", () => {
    const result = chrf(
      [
        ["The dog bit the man.", "The dog had bit the man."],
        ["It was not unexpected.", "No one was surprised."],
        ["The man bit him first.", "The man had bitten the dog."],
      ],
      ["The dog bit the man.", "It wasn't surprising.", "The man had just bitten him."],
    );
    expect(formatChrf(result)).toBe(
      "chrF2|nrefs:2|case:mixed|eff:yes|nc:6|nw:0|space:no|version:timestep.1 = 59.73",
    );
  });

  it("takes one punctuation mark off a word, at its end before its start", () => {
    const words = (reference: string, hypothesis: string) =>
      chrf([[reference]], [hypothesis], { characterOrder: 1, wordOrder: 1 }).matches[1];
    expect(words("( hi )", "(hi)")).toBe(1); // "(hi" and ")"
    expect(words("( hi", "(hi")).toBe(2);
    expect(words(") .", ").")).toBe(2);
  });

  it("counts characters beyond the basic plane as one", () => {
    expect(chrf([["𠀀𠀁"]], ["𠀀𠀂"], {}).matches.slice(0, 2)).toEqual([1, 0]);
    expect(chrf([["𠀀𠀁"]], ["𠀀𠀂"], {}).reference.slice(0, 3)).toEqual([2, 1, 0]);
  });

  it("names its settings and refuses what it cannot use", () => {
    const options = { wordOrder: 2, beta: 3, whitespace: true, lowercase: true, epsilonSmoothing: true };
    expect(chrf([["a"], ["b", "c"]], ["a", "b"], options)).toMatchObject({
      name: "chrF3++",
      signature: "nrefs:var|case:lc|eff:no|nc:6|nw:2|space:yes|version:timestep.1",
    });
    expect(() => chrf([["a"]], ["a"], { characterOrder: 0 })).toThrow("METRIC_ORDER");
    expect(() => chrf([["a"]], ["a"], { wordOrder: -1 })).toThrow("METRIC_ORDER");
    expect(() => chrf([["a"]], ["a"], { beta: 0 })).toThrow("METRIC_BETA");
    expect(() => chrf([[]], ["a"])).toThrow("METRIC_REFERENCE");
  });
});
