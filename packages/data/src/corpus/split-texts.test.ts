import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { holdOut, stratifiedFolds } from "./split-texts.js";

interface Example {
  readonly label: string;
  readonly id: number;
}
const anyExamples = fc
  .array(fc.constantFrom("a", "b", "c"), { minLength: 2, maxLength: 60 })
  .map((labels) => labels.map((label, id): Example => ({ label, id })));
const ids = (examples: readonly Example[]): number[] => examples.map(({ id }) => id);
const ofLabel = (examples: readonly Example[], label: string): number =>
  examples.filter((example) => example.label === label).length;

describe("holdOut", () => {
  it("parts the list, gives each label its share and keeps the order", () => {
    fc.assert(
      fc.property(
        anyExamples,
        fc.double({ min: 0.05, max: 0.95, noNaN: true }),
        fc.nat(),
        (list, share, seed) => {
          const { kept, held } = holdOut(list, { share, seed });
          expect([...ids(kept), ...ids(held)].sort((a, b) => a - b)).toEqual(ids(list));
          expect(ids(held)).toEqual(ids(held).sort((a, b) => a - b));
          const size = Math.min(list.length - 1, Math.max(1, Math.round(share * list.length)));
          expect(held).toHaveLength(size);
          for (const label of ["a", "b", "c"]) {
            const exact = (ofLabel(list, label) * size) / list.length;
            expect(Math.abs(ofLabel(held, label) - exact)).toBeLessThan(1);
          }
          expect(holdOut(list, { share, seed })).toEqual({ kept, held });
        },
      ),
    );
  });

  it("depends on the seed, and refuses shares and lists that cannot be cut", () => {
    const list = Array.from({ length: 50 }, (_, id) => ({ label: "a", id }));
    const held = (seed: number): number[] => ids(holdOut(list, { share: 0.2, seed }).held);
    expect(held(1)).not.toEqual(held(2));
    for (const share of [0, 1, Number.NaN])
      expect(() => holdOut(list, { share, seed: 1 })).toThrow("SPLIT_SHARE");
    expect(() => holdOut(list.slice(0, 1), { share: 0.5, seed: 1 })).toThrow("SPLIT_TOO_FEW");
  });
});

describe("stratifiedFolds", () => {
  it("tests every example once, in parts of equal size with equal shares of each label", () => {
    fc.assert(
      fc.property(anyExamples, fc.integer({ min: 2, max: 10 }), fc.nat(), (list, folds, seed) => {
        if (list.length < folds) return;
        const rounds = stratifiedFolds(list, { folds, seed });
        expect(rounds.flatMap(({ test }) => ids(test)).sort((a, b) => a - b)).toEqual(ids(list));
        for (const { train, test } of rounds) {
          expect([...ids(train), ...ids(test)].sort((a, b) => a - b)).toEqual(ids(list));
          expect(Math.abs(test.length - list.length / folds)).toBeLessThan(1);
          for (const label of ["a", "b", "c"]) {
            expect(Math.abs(ofLabel(test, label) - ofLabel(list, label) / folds)).toBeLessThan(1);
          }
        }
      }),
    );
  });

  it("refuses numbers of folds that make no sense", () => {
    const list = [{ label: "a" }, { label: "b" }, { label: "a" }];
    for (const folds of [1, 2.5, Number.NaN])
      expect(() => stratifiedFolds(list, { folds, seed: 1 })).toThrow("SPLIT_FOLDS");
    expect(() => stratifiedFolds(list, { folds: 4, seed: 1 })).toThrow("SPLIT_TOO_FEW");
  });
});
