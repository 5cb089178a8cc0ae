import { describe, expect, it } from "vitest";
import { Random, seeded } from "./random.js";

/** xoshiro128** written a second time, over BigInt and without shortcuts, after Blackman & Vigna's description. */
function* xoshiro(words: readonly number[]): Generator<number> {
  const mask = 0xffff_ffffn;
  const rotate = (x: bigint, by: bigint): bigint => ((x << by) | (x >> (32n - by))) & mask;
  let [a, b, c, d] = words.map(BigInt) as [bigint, bigint, bigint, bigint];
  for (;;) {
    yield Number((rotate((b * 5n) & mask, 7n) * 9n) & mask);
    const shifted = (b << 9n) & mask;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotate(d, 11n);
  }
}

const draws = (count: number, draw: () => number): number[] => Array.from({ length: count }, draw);
const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;

describe("bits", () => {
  it("gives the first numbers of xoshiro128** worked by hand", () => {
    // From the words 1, 2, 3, 4: rotl(2·5, 7)·9 = 1280·9 = 11520. The second word becomes 2^3^1 = 0, so 0 follows, and
    // then 0^1029 = 1029: rotl(5145, 7)·9 = 658560·9 = 5927040.
    const random = new Random({ words: [1, 2, 3, 4], spareNormal: null });
    expect(draws(3, () => random.bits())).toEqual([11520, 0, 5927040]);
  });

  it("follows a second implementation over 2000 numbers", () => {
    const random = seeded(123);
    const other = xoshiro(random.state().words.map((word) => word >>> 0));
    for (let i = 0; i < 2000; i++) expect(random.bits()).toBe(other.next().value);
  });
});

describe("streams that saved runs rely on", () => {
  // Changing one of these numbers changes every seeded result of every model: weights, shuffles, dropout masks.
  it("stay what they are", () => {
    const random = seeded(7);
    expect(draws(4, () => random.bits())).toEqual([1626967764, 2441338640, 1502411654, 633266073]);
    expect(random.uniform()).toBe(0.7402160987184111);
    expect(random.normal()).toBeCloseTo(0.166677898255059, 14);
    expect(random.normal()).toBeCloseTo(-0.6992755249491477, 14);
    expect(random.integer(1000)).toBe(297);
    expect(random.shuffled([1, 2, 3, 4, 5, 6, 7, 8])).toEqual([8, 6, 1, 2, 3, 5, 4, 7]);
  });

  it("stay what they are for forks and unusual seeds", () => {
    expect(seeded(7).fork("dropout").bits()).toBe(2860347292);
    expect(seeded(0).bits()).toBe(3809008728);
    expect(seeded(-1).bits()).toBe(2025953387);
    expect(seeded(2 ** 40).bits()).toBe(3152381891);
  });
});

describe("seeded", () => {
  it("refuses seeds that are no whole numbers", () => {
    for (const seed of [0.5, NaN, Infinity, 2 ** 60]) expect(() => seeded(seed)).toThrow(RangeError);
  });

  it("gives different streams to 1000 neighbouring seeds", () => {
    const firsts = new Set(Array.from({ length: 1000 }, (_, seed) => seeded(seed).bits()));
    expect(firsts.size).toBe(1000);
  });
});

describe("distributions", () => {
  it("uniform lies in [0, 1) with mean 1/2 and variance 1/12", () => {
    const random = seeded(1);
    const values = draws(20_000, () => random.uniform());
    expect(values.every((v) => v >= 0 && v < 1)).toBe(true);
    // The standard error of the mean is √(1/12/20000) = 0.002; of the variance about 0.0005.
    expect(Math.abs(mean(values) - 0.5)).toBeLessThan(0.008);
    expect(Math.abs(mean(values.map((v) => (v - 0.5) ** 2)) - 1 / 12)).toBeLessThan(0.002);
  });

  it("integer gives every value about equally often", () => {
    const random = seeded(2);
    const counts = new Array<number>(7).fill(0);
    for (let i = 0; i < 21_000; i++) {
      const value = random.integer(7);
      counts[value] = (counts[value] as number) + 1;
    }
    // χ² with 6 degrees of freedom lies below 22.46 in 999 of 1000 cases.
    const chiSquare = counts.reduce((sum, count) => sum + (count - 3000) ** 2 / 3000, 0);
    expect(chiSquare).toBeLessThan(22.46);
  });

  it("integer keeps no modulo bias for bounds near 2^32", () => {
    // 3·2^30 would fold the last quarter of the bits onto the first third: half of all draws would fall there.
    const random = seeded(3);
    const values = draws(9000, () => random.integer(3 * 2 ** 30));
    const low = values.filter((v) => v < 2 ** 30).length;
    expect(Math.abs(low - 3000)).toBeLessThan(200); // the standard deviation is 45
  });

  it("integer takes bounds from 1 to 2^32 only", () => {
    const random = seeded(4);
    expect(random.integer(1)).toBe(0);
    expect(random.integer(2 ** 32)).toBeGreaterThanOrEqual(0);
    for (const bound of [0, -1, 1.5, NaN, 2 ** 32 + 1])
      expect(() => random.integer(bound)).toThrow(RangeError);
  });

  it("normal has mean 0, variance 1, and a twentieth outside ±1.96", () => {
    const random = seeded(5);
    const values = draws(40_000, () => random.normal());
    expect(Math.abs(mean(values))).toBeLessThan(0.02); // standard error 0.005
    expect(Math.abs(mean(values.map((v) => v * v)) - 1)).toBeLessThan(0.03); // standard error 0.007
    const outside = values.filter((v) => Math.abs(v) > 1.96).length / values.length;
    expect(Math.abs(outside - 0.05)).toBeLessThan(0.005);
  });
});

describe("pick and shuffled", () => {
  it("shuffled is a permutation and leaves the list as it was", () => {
    const items = Array.from({ length: 50 }, (_, i) => i);
    const shuffled = seeded(6).shuffled(items);
    expect(items).toEqual(Array.from({ length: 50 }, (_, i) => i));
    expect(shuffled).not.toEqual(items);
    expect(shuffled.toSorted((a, b) => a - b)).toEqual(items);
  });

  it("shuffled gives each of the 6 orders of three items equally often", () => {
    const random = seeded(7);
    const counts = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const order = random.shuffled(["a", "b", "c"]).join("");
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    expect(counts.size).toBe(6);
    expect(chiSquare).toBeLessThan(20.5); // 5 degrees of freedom, 1 in 1000
  });

  it("pick takes every item and refuses an empty list", () => {
    const random = seeded(8);
    expect(new Set(draws(100, () => random.pick([1, 2, 3])))).toEqual(new Set([1, 2, 3]));
    expect(() => random.pick([])).toThrow(RangeError);
  });
});

describe("fork", () => {
  it("consumes nothing and depends on label and state alone", () => {
    const random = seeded(9);
    const before = random.state();
    const fork = random.fork("a");
    expect(random.state()).toEqual(before);
    expect(random.fork("a").bits()).toBe(fork.bits());
    random.bits();
    expect(random.fork("a").bits()).not.toBe(seeded(9).fork("a").bits());
  });

  it("gives streams that neither repeat nor follow their parent", () => {
    const random = seeded(10);
    const streams = [random, ...["a", "b", 0, 1].map((label) => random.fork(label))];
    const numbers = streams.flatMap((stream) => draws(500, () => stream.bits()));
    expect(new Set(numbers).size).toBeGreaterThan(2498); // two of 2500 may fall together by chance
    const [a, b] = [random.fork("left"), random.fork("right")];
    const products = draws(10_000, () => (a.uniform() - 0.5) * (b.uniform() - 0.5));
    expect(Math.abs(mean(products)) * 12).toBeLessThan(0.04); // correlation; standard error 0.01
  });

  it("is not moved by draws that come later", () => {
    const [one, two] = [seeded(11), seeded(11)];
    const [forkOne, forkTwo] = [one.fork("mask"), two.fork("mask")];
    draws(5, () => two.normal());
    expect(draws(5, () => forkTwo.bits())).toEqual(draws(5, () => forkOne.bits()));
  });
});

describe("state", () => {
  it("restores to the same numbers, also between the two halves of a normal pair", () => {
    const random = seeded(12);
    random.normal();
    const state = random.state();
    expect(state.spareNormal).not.toBeNull();
    const next = (source: Random): number[] => draws(3, () => source.normal()).concat(source.bits());
    const after = next(random);
    expect(next(new Random(state))).toEqual(after);
    random.restore(state);
    expect(next(random)).toEqual(after);
  });

  it("survives JSON", () => {
    const random = seeded(13);
    random.normal();
    const copy = new Random(JSON.parse(JSON.stringify(random.state())) as ReturnType<Random["state"]>);
    expect([copy.normal(), copy.bits()]).toEqual([random.normal(), random.bits()]);
  });

  it("is a copy that later draws leave alone", () => {
    const random = seeded(14);
    const state = random.state();
    random.bits();
    expect(state).toEqual(seeded(14).state());
  });
});
