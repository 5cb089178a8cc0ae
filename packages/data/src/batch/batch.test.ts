import { seeded } from "@timestep/base";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bucketBatches } from "./buckets.js";
import { lengthMask, padBatch, padNested } from "./pad.js";

const ids = fc.array(fc.nat(50), { maxLength: 6 });

describe("padBatch", () => {
  it("pads to the longest row", () => {
    const batch = padBatch([[5, 6], [], [7]], { pad: 9 });
    expect(batch).toMatchObject({ batch: 3, time: 2 });
    expect([...batch.ids]).toEqual([5, 6, 9, 9, 7, 9]);
    expect([...batch.lengths]).toEqual([2, 0, 1]);
  });

  it("gives the rows back, whatever they are", () => {
    fc.assert(
      fc.property(fc.array(ids, { minLength: 1 }), fc.nat(8), (rows, minLength) => {
        const batch = padBatch(rows, { pad: 77, minLength });
        expect(batch.time).toBe(Math.max(minLength, ...rows.map((row) => row.length)));
        for (const [row, values] of rows.entries()) {
          const line = [...batch.ids.subarray(row * batch.time, (row + 1) * batch.time)];
          expect(line.slice(0, batch.lengths[row])).toEqual(values);
          expect(line.slice(batch.lengths[row]).every((id) => id === 77)).toBe(true);
        }
      }),
    );
  });

  it("has no empty time axis by default", () => {
    expect(padBatch([[]], { pad: 0 }).time).toBe(1);
  });

  it("refuses what is no id, and no rows at all", () => {
    for (const bad of [-1, 0.5, Number.NaN, 2 ** 31])
      expect(() => padBatch([[1], [2, bad]], { pad: 0 })).toThrow("BATCH_ID");
    expect(() => padBatch([], { pad: 0 })).toThrow("BATCH_EMPTY");
    expect(() => padNested([], { pad: 0 })).toThrow("BATCH_EMPTY");
  });
});

describe("padNested", () => {
  it("gives the nested rows back", () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(ids, { maxLength: 4 }), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 5 }),
        (rows, minInner) => {
          const {
            ids: flat,
            lengths,
            innerLengths,
            batch,
            time,
            inner,
          } = padNested(rows, { pad: 77, minInner });
          expect(flat.length).toBe(batch * time * inner);
          expect(inner).toBeGreaterThanOrEqual(minInner);
          const read = rows.map((_, row) =>
            Array.from({ length: lengths[row] as number }, (__, step) => {
              const at = row * time + step;
              return [...flat.subarray(at * inner, at * inner + (innerLengths[at] as number))];
            }),
          );
          expect(read).toEqual(rows);
          const real = rows.flat(2).length;
          expect(flat.filter((id) => id === 77).length).toBe(flat.length - real);
        },
      ),
    );
  });
});

describe("lengthMask", () => {
  it("marks the steps of each row", () => {
    expect([...lengthMask([2, 0, 3], 3)]).toEqual([1, 1, 0, 0, 0, 0, 1, 1, 1]);
    for (const bad of [4, -1, 1.5]) expect(() => lengthMask([bad], 3)).toThrow("BATCH_LENGTH");
  });
});

describe("bucketBatches", () => {
  const anyLengths = fc.array(fc.nat(40), { maxLength: 80 });

  it("holds every index once and keeps to both limits", () => {
    fc.assert(
      fc.property(
        anyLengths,
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 90 }),
        fc.integer(),
        (lengths, batchSize, maxTokens, seed) => {
          const batches = bucketBatches(lengths, { batchSize, maxTokens }, seeded(seed));
          expect(batches.flat().sort((a, b) => a - b)).toEqual(lengths.map((_, index) => index));
          for (const batch of batches) {
            expect(batch.length).toBeLessThanOrEqual(batchSize);
            const steps = batch.length * Math.max(...batch.map((index) => lengths[index] as number));
            if (batch.length > 1) expect(steps).toBeLessThanOrEqual(maxTokens);
          }
        },
      ),
    );
  });

  const lengths = Array.from({ length: 500 }, (_, i) => 1 + ((i * 7919) % 60));
  const padding = (batches: number[][]): number => {
    const padded = batches.reduce(
      (sum, batch) => sum + batch.length * Math.max(...batch.map((i) => lengths[i] as number)),
      0,
    );
    return padded / lengths.reduce((sum, length) => sum + length, 0);
  };

  it("puts similar lengths together: a tenth of padding where chance gives nearly a whole", () => {
    const order = seeded(3).shuffled(lengths.map((_, i) => i));
    const chance = Array.from({ length: 50 }, (_, i) => order.slice(i * 10, i * 10 + 10));
    expect(padding(chance)).toBeGreaterThan(1.6);
    expect(padding(bucketBatches(lengths, { batchSize: 10 }, seeded(3)))).toBeLessThan(1.1);
  });

  it("depends on the random state alone, and differs from epoch to epoch", () => {
    const random = seeded(5);
    const first = bucketBatches(lengths, { batchSize: 8 }, random);
    expect(bucketBatches(lengths, { batchSize: 8 }, seeded(5))).toEqual(first);
    const contents = (batches: number[][]): Set<string> =>
      new Set(batches.map((batch) => [...batch].sort().join()));
    const second = contents(bucketBatches(lengths, { batchSize: 8 }, random));
    expect([...contents(first)].filter((batch) => second.has(batch)).length).toBeLessThan(10);
  });

  it("goes from short to long without random numbers", () => {
    expect(bucketBatches([3, 1, 2, 1], { batchSize: 3 })).toEqual([[1, 3, 2], [0]]);
  });

  it("counts both sequences of an example", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(20), fc.nat(20)), { maxLength: 60 }),
        fc.integer({ min: 1, max: 90 }),
        fc.option(fc.integer(), { nil: undefined }),
        (pairs, maxTokens, seed) => {
          const [firsts, seconds] = [pairs.map(([first]) => first), pairs.map(([, second]) => second)];
          const random = seed === undefined ? undefined : seeded(seed);
          const batches = bucketBatches(firsts, { maxTokens, secondLengths: seconds }, random);
          expect(batches.flat().sort((a, b) => a - b)).toEqual(pairs.map((_, index) => index));
          for (const batch of batches.filter(({ length }) => length > 1)) {
            const longest = (all: number[]): number =>
              Math.max(...batch.map((index) => all[index] as number));
            expect(batch.length * (longest(firsts) + longest(seconds))).toBeLessThanOrEqual(maxTokens);
          }
        },
      ),
    );
  });

  it("puts pairs together that are alike in both lengths", () => {
    const firsts = Array.from({ length: 4000 }, (_, i) => 5 + ((i * 7919) % 20));
    const seconds = firsts.map((length, i) => length + ((i * 104_729) % 9) - 4);
    const wasted = (batches: number[][]): number => {
      const padded = batches.reduce((sum, batch) => {
        const longest = (all: number[]): number => Math.max(...batch.map((i) => all[i] as number));
        return sum + batch.length * (longest(firsts) + longest(seconds));
      }, 0);
      return padded / [...firsts, ...seconds].reduce((sum, length) => sum + length, 0);
    };
    const maxTokens = 600;
    const both = firsts.map((length, i) => length + (seconds[i] as number));
    expect(wasted(bucketBatches(firsts, { maxTokens, secondLengths: seconds }, seeded(1)))).toBeLessThan(1.1);
    expect(wasted(bucketBatches(both, { maxTokens }, seeded(1)))).toBeGreaterThan(1.12);
  });

  it("needs a second length for each example when there are any", () => {
    expect(() => bucketBatches([1, 2], { batchSize: 2, secondLengths: [1] })).toThrow("BATCH_LENGTHS");
  });

  it("needs a limit that is one", () => {
    for (const options of [{}, { batchSize: 0 }, { maxTokens: 1.5 }, { batchSize: Number.NaN }]) {
      expect(() => bucketBatches([1], options)).toThrow("BATCH_SIZE");
    }
  });
});
