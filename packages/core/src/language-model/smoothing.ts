import type { NgramCounts } from "./counts.js";

export const smoothings = ["kneser-ney", "witten-bell"] as const;
export type Smoothing = (typeof smoothings)[number];

/** An order before it is interpolated with the one below. */
export interface Weighed {
  /** Of each n-gram: the probability that its own counts give it. */
  readonly shares: ReadonlyMap<string, number>;
  /** Of each context: what is left for the shorter one. Shares and this add up to 1. */
  readonly backOffs: ReadonlyMap<string, number>;
}

/** Takes something off each count, for what was never seen. */
export function weigh(counts: NgramCounts, smoothing: Smoothing): Weighed {
  const contexts = new Map<string, number[]>();
  const contextOf = (words: readonly string[]): string => words.slice(0, -1).join(" ");
  for (const { words, count } of counts.values()) {
    const context = contextOf(words);
    const seen = contexts.get(context);
    if (seen === undefined) contexts.set(context, [count]);
    else seen.push(count);
  }
  const witten = smoothing === "witten-bell";
  const discount = witten ? () => 0 : kneserNeyDiscount(counts);
  const totals = new Map<string, number>();
  const backOffs = new Map<string, number>();
  for (const [context, seen] of contexts) {
    const total = sum(seen) + (witten ? seen.length : 0);
    totals.set(context, total);
    backOffs.set(context, (witten ? seen.length : sum(seen.map(discount))) / total);
  }
  const shares = new Map<string, number>();
  for (const [key, { words, count }] of counts) {
    shares.set(key, (count - discount(count)) / (totals.get(contextOf(words)) as number));
  }
  return { shares, backOffs };
}

/**
 * What modified Kneser–Ney takes off a count, with n1…n4 the numbers of n-grams that occur once to four times:
 *
 *   Y = n1 / (n1 + 2·n2)     D(1) = 1 - 2Y·n2/n1     D(2) = 2 - 3Y·n3/n2     D(3 and more) = 3 - 4Y·n4/n3
 *
 * Where one of the numbers is 0, or nothing would be taken off, half of 1, 2 or 3.
 *
 * @see Chen & Goodman 1999, doi:10.1006/csla.1999.0128, equations 26.
 */
export function kneserNeyDiscount(counts: NgramCounts): (count: number) => number {
  const times = [0, 0, 0, 0, 0];
  for (const { count } of counts.values()) {
    if (count < times.length) times[count] = (times[count] as number) + 1;
  }
  const [, once, twice] = times as [number, number, number];
  const y = once / (once + 2 * twice);
  const discounts = [0, 1, 2, 3].map((k) => {
    const found = k - ((k + 1) * y * (times[k + 1] as number)) / (times[k] as number);
    const told = once > 0 && (times[k] as number) > 0 && (times[k + 1] as number) > 0;
    return told && found > 0 ? found : k / 2;
  });
  return (count) => discounts[Math.min(count, 3)] as number;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
