import { seeded } from "@timestep/base";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dividePairs, sentenceKey } from "./divide-pairs.js";
import { type SentencePair } from "./parallel-corpus.js";

const where = { source: { file: "x", line: 1 }, target: { file: "x", line: 1 } };
const pair = (source: string, target: string): SentencePair => ({ source, target, where });
const shares = { dev: 0.1, test: 0.2 };

/** Pairs that share a sentence with others here and there, in pseudo-random order. */
function linked(seed: number, count: number): SentencePair[] {
  const random = seeded(seed);
  return Array.from({ length: count }, (_, i) =>
    pair(
      `Source ${random.integer(3) === 0 ? random.integer(i + 1) : i}.`,
      `ziel ${random.integer(4 * count)}`,
    ),
  );
}

describe("dividePairs", () => {
  it("puts no sentence of either language into two splits", () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const { train, dev, test } = dividePairs(linked(seed, 300), shares);
        const parts = [train, dev, test];
        for (const side of ["source", "target"] as const) {
          const sets = parts.map((part) => new Set(part.map((p) => sentenceKey(p[side]))));
          const apart = sets.reduce((sum, set) => sum + set.size, 0);
          expect(new Set(sets.flatMap((set) => [...set])).size).toBe(apart);
        }
      }),
      { numRuns: 50 },
    );
  });

  it("keeps all pairs together that are linked through others", () => {
    const chain = Array.from({ length: 40 }, (_, i) => pair(`s${i >> 1}`, `t${(i + 1) >> 1}`));
    const others = Array.from({ length: 200 }, (_, i) => pair(`a${i}`, `b${i}`));
    const { train, dev, test } = dividePairs([...chain, ...others], shares);
    const parts = [train, dev, test];
    expect(parts.filter((part) => part.some(({ source }) => source.startsWith("s")))).toHaveLength(1);
  });

  it("does not depend on the order of the lines or the direction", () => {
    const pairs = linked(3, 400);
    const expected = dividePairs(pairs, shares);
    const turned = seeded(1)
      .shuffled(pairs)
      .map(({ source, target }) => pair(target, source));
    const found = dividePairs(turned, shares);
    for (const split of ["train", "dev", "test"] as const) {
      const back = found[split].map(({ source, target }) => `${target}\t${source}`).sort();
      expect(back).toEqual(expected[split].map(({ source, target }) => `${source}\t${target}`).sort());
    }
  });

  it("meets the shares on average", () => {
    const pairs = Array.from({ length: 5000 }, (_, i) => pair(`source ${i}`, `target ${i}`));
    const { train, dev, test } = dividePairs(pairs, shares);
    expect(Math.abs(test.length / 5000 - 0.2)).toBeLessThan(0.025); // four standard errors
    expect(Math.abs(dev.length / 5000 - 0.1)).toBeLessThan(0.02);
    expect(train.length + dev.length + test.length).toBe(5000);
  });

  it.each([
    { dev: -0.1, test: 0.1 },
    { dev: 0.5, test: 0.5 },
    { dev: Number.NaN, test: 0 },
  ])("refuses the shares %j", (wrong) => {
    expect(() => dividePairs([pair("a", "b")], wrong)).toThrow("SPLIT_SHARE");
  });

  it("says when there are too few pairs", () => {
    expect(() => dividePairs([pair("a", "b")], { dev: 0.1, test: 0.1 })).toThrow("SPLIT_TOO_FEW");
  });
});

describe("sentenceKey", () => {
  it.each([
    ["Don't  worry!", "don t worry"],
    ["ＡＢＣ１２", "abc12"],
    ["我们去吧。", "我们去吧"],
    ["?!", "?!"],
    [" … ", "…"],
  ])("%j is %j", (text, key) => {
    expect(sentenceKey(text)).toBe(key);
  });
});
