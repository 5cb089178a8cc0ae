import { seeded } from "@timestep/base";
import { describe, expect, it } from "vitest";
import { pairBatches, type PairLength } from "./batches.js";

const random = seeded(3);
const lengths: PairLength[] = Array.from({ length: 400 }, () => {
  const source = 1 + random.integer(30);
  return { source, target: 1 + random.integer(source + 4) };
});
const sizeOf = (batch: readonly number[]): number => {
  const most = (side: "source" | "target"): number =>
    Math.max(...batch.map((place) => (lengths[place] as PairLength)[side]));
  return batch.length * (most("source") + most("target"));
};

describe("pairBatches", () => {
  it("holds every pair once and keeps to both limits", () => {
    const batches = pairBatches(lengths, { batchSize: 40, maxTokens: 500 }, seeded(1));
    expect(batches.flat().sort((a, b) => a - b)).toEqual([...lengths.keys()]);
    for (const batch of batches) {
      expect(batch.length).toBeLessThanOrEqual(40);
      expect(sizeOf(batch)).toBeLessThanOrEqual(500);
    }
  });

  it("gives a pair above the limit a batch of its own", () => {
    const long = [{ source: 900, target: 900 }, ...lengths.slice(0, 5)];
    expect(pairBatches(long, { maxTokens: 100 })).toContainEqual([0]);
  });

  it("pads little, depends on the random state alone, and differs from epoch to epoch", () => {
    const batches = pairBatches(lengths, { maxTokens: 600 }, seeded(1));
    const real = lengths.reduce((total, { source, target }) => total + source + target, 0);
    expect(batches.reduce((total, batch) => total + sizeOf(batch), 0)).toBeLessThan(1.5 * real);
    expect(pairBatches(lengths, { maxTokens: 600 }, seeded(1))).toEqual(batches);
    expect(pairBatches(lengths, { maxTokens: 600 }, seeded(2))).not.toEqual(batches);
  });
});
