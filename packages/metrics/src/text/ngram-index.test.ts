import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NgramIndex } from "./ngram-index.js";

const text = fc
  .array(fc.integer({ min: 0, max: 3 }), { maxLength: 12 })
  .map((symbols) => Int32Array.from(symbols));

/** All n-grams up to an order as strings, in the index's order. */
function joined(symbols: Int32Array, maxOrder: number): string[] {
  const orders = Array.from({ length: maxOrder }, (_, index) => index + 1);
  return orders.flatMap((order) =>
    [...symbols.subarray(0, Math.max(0, symbols.length - order + 1))].map((_, start) =>
      symbols.subarray(start, start + order).join(" "),
    ),
  );
}

describe("NgramIndex", () => {
  it("gives two n-grams one number when, and only when, they are the same", () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 5 }), fc.integer({ min: 1, max: 5 }), (texts, maxOrder) => {
        const index = new NgramIndex();
        const numbers = new Map<string, number>();
        for (const symbols of texts) {
          for (const [position, number] of index.ngrams(symbols, maxOrder).entries()) {
            const ngram = joined(symbols, maxOrder)[position] as string;
            expect(number).toBe(numbers.get(ngram) ?? numbers.size);
            numbers.set(ngram, number);
          }
        }
        expect(index.size).toBe(numbers.size);
      }),
    );
  });

  it("forgets later n-grams without losing earlier ones, also across growth", () => {
    const first = Int32Array.from({ length: 90 }, (_, index) => index % 23);
    const many = Int32Array.from({ length: 5000 }, (_, index) => (index * index) % 997);
    const index = new NgramIndex();
    const numbers = index.ngrams(first, 4);
    const known = index.size;
    for (let round = 0; round < 3; round++) {
      index.ngrams(many, 4);
      expect(index.size).toBeGreaterThan(known);
      index.forgetFrom(known);
      expect(index.ngrams(first, 4)).toEqual(numbers);
      expect(index.size).toBe(known);
    }
    index.clear();
    expect(index.ngrams(Int32Array.of(7, 8), 4)).toEqual(Int32Array.of(0, 1, 2));
  });
});
