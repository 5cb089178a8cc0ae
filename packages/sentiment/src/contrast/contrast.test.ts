import { readFileSync } from "node:fs";
import { tokenise } from "@timestep/data";
import { describe, expect, it } from "vitest";
import { wordListBaseline } from "../baselines/index.js";
import { contrastScores } from "./contrast-scores.js";
import { readContrast } from "./read-contrast.js";

const HEADINGS = "pair\tkind\tsubject\tlabel\ttext\n";
const two = "1\tnegation\tfilm\tpositive\tNot bad.\n1\tnegation\tfilm\tnegative\tNot good.\n";

describe("readContrast", () => {
  it("reads pairs in either order", () => {
    const text = `${HEADINGS}${two}2\tirony\tfood\tnegative\tYum?\n2\tirony\tfood\tpositive\tYum!\n`;
    expect(readContrast(text, "c.tsv")).toEqual([
      { kind: "negation", subject: "film", positive: "Not bad.", negative: "Not good.", line: 2 },
      { kind: "irony", subject: "food", positive: "Yum!", negative: "Yum?", line: 4 },
    ]);
  });

  it.each([
    ["text\n", "CONTRAST_HEADINGS: c.tsv, line 1"],
    [HEADINGS, "DATA_EMPTY"],
    [`${HEADINGS}1\tnegation\tfilm\tpositive\n`, "CONTRAST_FIELDS: c.tsv, line 2"],
    [`${HEADINGS}1\tnegation\tfilm\tpositive\t \n`, "CONTRAST_FIELDS: c.tsv, line 2"],
    [`${HEADINGS}${two}2\tx\ty\tpositive\tAlone.\n`, "CONTRAST_PAIR: c.tsv, line 4: pair 2"],
    [`${HEADINGS}${two.replace("negative", "positive")}`, "CONTRAST_PAIR: c.tsv, line 2"],
    [`${HEADINGS}${two.replace("\n1\t", "\n2\t")}`, "CONTRAST_PAIR: c.tsv, line 2"],
    [
      `${HEADINGS}${two}${two.replaceAll("1\t", "2\t")}`,
      "CONTRAST_TWICE: c.tsv, line 4: this sentence stands in line 2",
    ],
  ])("refuses %j", (text, message) => {
    expect(() => readContrast(text, "c.tsv")).toThrow(message);
  });
});

describe("contrastScores", () => {
  it("counts sentences and pairs, over all and by kind", () => {
    const pair = { kind: "a", subject: "film", positive: "yes", negative: "no", line: 2 };
    const pairs = [
      pair,
      { ...pair, negative: "yes, no" },
      { ...pair, kind: "b", positive: "hm", negative: "no" },
    ];
    const scores = contrastScores(pairs, (text) => (text === "hm" ? undefined : text.startsWith("yes")));
    expect(scores).toMatchObject({ pairs: 3, bothRight: 100 / 3 });
    expect(scores.accuracy).toBeCloseTo((100 * 4) / 6, 10);
    expect(scores.kinds.get("a")).toEqual({ pairs: 2, accuracy: 75, bothRight: 50 });
    expect(scores.kinds.get("b")).toEqual({ pairs: 1, accuracy: 50, bothRight: 0 });
    expect(() => contrastScores([], () => true)).toThrow("METRIC_EMPTY");
  });

  it("gives 50 to whoever says the same of everything", () => {
    const pairs = readContrast(HEADINGS + two, "c.tsv");
    for (const said of [true, false]) {
      expect(contrastScores(pairs, () => said)).toMatchObject({ accuracy: 50, bothRight: 0 });
    }
  });
});

describe("the contrast set in data/contrast", () => {
  const path = new URL("../../../../data/contrast/sentiment.tsv", import.meta.url);
  const pairs = readContrast(readFileSync(path, "utf8"), "sentiment.tsv");
  const words = (text: string): string[] => tokenise(text).map((token) => token.text.toLowerCase());

  it("has at least 200 pairs of many kinds and subjects, none of them rare", () => {
    expect(pairs.length).toBeGreaterThanOrEqual(200);
    for (const [key, least] of [
      ["kind", 10],
      ["subject", 8],
    ] as const) {
      const counts = new Map<string, number>();
      for (const pair of pairs) counts.set(pair[key], (counts.get(pair[key]) ?? 0) + 1);
      expect(counts.size).toBeGreaterThanOrEqual(least);
      for (const [name, count] of counts) expect(count, name).toBeGreaterThanOrEqual(10);
    }
  });

  it("has pairs that share words, sentences of moderate length, and plain characters", () => {
    for (const { positive, negative, line } of pairs) {
      const left = words(positive);
      const right = new Set(words(negative));
      expect(
        left.filter((word) => /\w/.test(word) && right.has(word)).length,
        `line ${line}`,
      ).toBeGreaterThanOrEqual(2);
      for (const text of [positive, negative]) {
        expect(text, `line ${line}`).toMatch(/^[A-Z][ -~]{8,120}[.?!]$/);
        expect(text, `line ${line}`).not.toMatch(/ {2}|\d/);
      }
    }
  });

  it("is as long on one side as on the other, so that length tells nothing", () => {
    const length = (side: "positive" | "negative"): number =>
      pairs.reduce((sum, pair) => sum + words(pair[side]).length, 0) / pairs.length;
    expect(Math.abs(length("positive") - length("negative"))).toBeLessThan(1);
  });

  it("is hard for a word list", () => {
    const { classify } = wordListBaseline(["negative", "positive"], [0]);
    const scores = contrastScores(pairs, (text) => classify(words(text)) === "positive");
    expect(scores.accuracy).toBeLessThan(70);
  });
});
