import { seeded } from "@timestep/base";
import { describe, expect, it } from "vitest";
import { everySequence, logSum } from "./oracles.js";
import { addingProblem, bracketMatching, copyTask, isBalanced, parityTask, reverseTask } from "./toys.js";

const many = <T>(make: (random: ReturnType<typeof seeded>) => T, count = 400): T[] => {
  const random = seeded(11);
  return Array.from({ length: count }, () => make(random));
};

describe("toy tasks", () => {
  it("copy gives the symbols back after the go symbol", () => {
    for (const { inputs, targets } of many((r) => copyTask(r, { length: 4, symbolCount: 3, delay: 2 }), 50)) {
      const symbols = inputs.slice(0, 4);
      expect(symbols.every((symbol) => symbol >= 1 && symbol <= 3)).toBe(true);
      expect(inputs.slice(4)).toEqual([0, 0, 4, 0, 0, 0, 0]);
      expect(targets).toEqual([0, 0, 0, 0, 0, 0, 0, ...symbols]);
    }
  });

  it("reverse gives them back from the last to the first", () => {
    const { inputs, targets } = reverseTask(seeded(3), { length: 5, symbolCount: 9 });
    expect(targets.slice(6)).toEqual(inputs.slice(0, 5).reverse());
    expect(inputs).toHaveLength(11);
    expect(targets).toHaveLength(11);
  });

  it("adding marks one value in each half and asks for their sum", () => {
    for (const { inputs, target } of many((r) => addingProblem(r, { length: 7 }))) {
      const marked = inputs.flatMap(([value, marker], t) => (marker === 1 ? [{ value, t }] : []));
      expect(marked).toHaveLength(2);
      expect(marked[0]?.t).toBeLessThan(3);
      expect(marked[1]?.t).toBeGreaterThanOrEqual(3);
      expect(target).toBe((marked[0]?.value as number) + (marked[1]?.value as number));
    }
    const squares = many((r) => (addingProblem(r, { length: 5 }).target - 1) ** 2, 4000);
    expect(squares.reduce((a, b) => a + b) / squares.length).toBeCloseTo(1 / 6, 1);
    expect(() => addingProblem(seeded(1), { length: 1 })).toThrow(RangeError);
  });

  it("parity runs along", () => {
    const { inputs, targets } = parityTask(seeded(5), { length: 30 });
    for (const t of inputs.keys()) {
      expect(targets[t]).toBe(inputs.slice(0, t + 1).filter((bit) => bit === 1).length % 2);
    }
    expect(new Set(inputs).size).toBe(2);
  });

  it("brackets are balanced about half of the time, and labelled rightly", () => {
    for (const kinds of [1, 3]) {
      const examples = many((r) => bracketMatching(r, { pairs: 5, kinds }));
      for (const { inputs, target } of examples) {
        expect(inputs).toHaveLength(10);
        expect(inputs.every((symbol) => symbol >= 0 && symbol < 2 * kinds)).toBe(true);
        expect(target === 1).toBe(reducesToNothing(inputs));
      }
      const share = examples.filter(({ target }) => target === 1).length / examples.length;
      expect(share).toBeGreaterThan(0.4);
      expect(share).toBeLessThan(0.6);
    }
  });

  it("are the same for the same seed and differ between seeds", () => {
    const make = (seed: number): unknown => bracketMatching(seeded(seed), { pairs: 20, kinds: 4 });
    expect(make(1)).toEqual(make(1));
    expect(make(1)).not.toEqual(make(2));
  });
});

/** Balanced, by a second method: striking out neighbours that close each other. */
function reducesToNothing(symbols: readonly number[]): boolean {
  const at = symbols.findIndex((symbol, n) => symbol % 2 === 0 && symbols[n + 1] === symbol + 1);
  return at < 0 ? symbols.length === 0 : reducesToNothing(symbols.toSpliced(at, 2));
}

describe("isBalanced", () => {
  it("agrees with striking out pairs on every short string", () => {
    for (const length of [0, 1, 2, 3, 4, 5, 6]) {
      for (const symbols of everySequence(4, length))
        expect(isBalanced(symbols)).toBe(reducesToNothing(symbols));
    }
  });
});

describe("oracles", () => {
  it("list every sequence once, in order", () => {
    expect(everySequence(2, 2)).toEqual([
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ]);
    expect(new Set(everySequence(3, 4).map(String)).size).toBe(81);
    expect(everySequence(3, 0)).toEqual([[]]);
  });
  it("add up in log space without overflow", () => {
    expect(logSum([Math.log(2), Math.log(3)])).toBeCloseTo(Math.log(5), 14);
    expect(logSum([1000, 1000])).toBeCloseTo(1000 + Math.LN2, 10);
    expect(logSum([-Infinity, 2])).toBe(2);
    expect(logSum([])).toBe(-Infinity);
  });
});
