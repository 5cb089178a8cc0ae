import { seeded } from "@timestep/base";
import { startEngine } from "@timestep/engine";
import { expectClose, expectNoLeaks } from "@timestep/testing";
import { logSoftmax, type Tensor2D, tensor2d } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { drawn } from "../recurrent/cells.fixture.js";
import { topLogProbabilities, topLogProbabilitiesAsync, type TopOptions } from "./top-log-probabilities.js";

const started = await startEngine({ engine: "native" }).then(
  () => true,
  () => false,
);
if (!started) console.warn("the native engine is not built: the best of a row are tested on cpu only");

/** Sorts the whole row. */
function bySorting(logits: Tensor2D, k: number, { suppress = [], suppressInRow }: TopOptions = {}) {
  const given = logits.arraySync();
  const logs = logSoftmax(logits).arraySync();
  const rows = given.map((row, r) => {
    const away = new Set([...suppress, ...(suppressInRow?.[r] ?? [])]);
    const best = row
      .map((logit, id) => ({ logit, id }))
      .filter(({ logit, id }) => !away.has(id) && logit > -Infinity)
      .sort((a, b) => b.logit - a.logit || a.id - b.id)
      .map(({ id }) => ({ id, value: (logs[r] as number[])[id] as number }));
    return Array.from({ length: k }, (_, n) => best[n] ?? { id: -1, value: -Infinity });
  });
  return { ids: rows.flat().map(({ id }) => id), values: rows.flat().map(({ value }) => value) };
}

describe.each(started ? ["cpu", "native"] : ["cpu"])("topLogProbabilities on %s", (name) => {
  beforeAll(() => startEngine({ engine: name as "cpu" }));

  it("has the values worked by hand", () => {
    const logits = tensor2d([[1, 4, 2, 3].map(Math.log), [0, 0, 0, 0]]);
    const { values, ids } = topLogProbabilities(logits, 2);
    expect([...ids]).toEqual([1, 3, 0, 1]); // of equal ones the lower id
    expectClose(values, [0.4, 0.3, 0.25, 0.25].map(Math.log), 1e-6);
  });

  it.each([
    [1, 1, 1],
    [3, 5, 2],
    [2, 16, 16],
    [5, 33, 4],
    [4, 257, 20],
    [70, 1000, 5],
  ])("equals sorting %i rows of %i, the best %i", (rows, classes, k) => {
    const random = seeded(rows + classes);
    const spread = Float32Array.from({ length: rows * classes }, () => 3 * random.normal());
    const coarse = spread.map((value) => Math.round(value)); // many are equal
    for (const values of [spread, coarse]) {
      const logits = tensor2d(values, [rows, classes]);
      const some = (): number[] => Array.from({ length: classes >> 2 }, () => random.integer(classes));
      for (const options of [
        {},
        { suppress: some() },
        { suppress: some(), suppressInRow: Array.from({ length: rows }, some) },
      ]) {
        const wanted = bySorting(logits, k, options);
        const best = topLogProbabilities(logits, k, options);
        expect([...best.ids]).toEqual(wanted.ids);
        expectClose(
          best.values.map((value) => Math.max(value, -1e9)),
          wanted.values.map((value) => Math.max(value, -1e9)),
          1e-5,
        );
      }
    }
  });

  it("gives ascending and descending rows in order", () => {
    const ascending = Array.from({ length: 100 }, (_, id) => id / 10);
    const { ids } = topLogProbabilities(tensor2d([ascending, [...ascending].reverse()]), 40);
    expect([...ids]).toEqual([
      ...Array.from({ length: 40 }, (_, n) => 99 - n),
      ...Array.from({ length: 40 }, (_, n) => n),
    ]);
  });

  it("fills up where a row has no more to choose", () => {
    const { values, ids } = topLogProbabilities(tensor2d([[0, 0, -Infinity]]), 4, { suppress: [0] });
    expect([...ids]).toEqual([1, -1, -1, -1]);
    expectClose(values.subarray(0, 1), [Math.log(0.5)], 1e-6); // what is suppressed keeps its share
    expect([...values.subarray(1)]).toEqual([-Infinity, -Infinity, -Infinity]);
  });

  it("does the same with waiting", async () => {
    const logits = drawn<Tensor2D>(5, [3, 20]);
    expect(await topLogProbabilitiesAsync(logits, 4)).toEqual(topLogProbabilities(logits, 4));
  });

  it("gives nothing for no rows", () => {
    expect(topLogProbabilities(drawn<Tensor2D>(1, [0, 4]), 2)).toEqual({
      values: new Float32Array(0),
      ids: new Int32Array(0),
    });
  });

  it.each([[[0, NaN, 1]], [[Infinity, 0, 1]], [[-Infinity, -Infinity, -Infinity]]])(
    "refuses a row %j",
    (row) => {
      const refused = expect.objectContaining({
        code: "TOP_LOGITS",
        message: expect.stringContaining("row 1") as string,
      });
      expect(() => topLogProbabilities(tensor2d([[1, 2, 3], row]), 1)).toThrow(refused as Error);
    },
  );

  it("refuses a count or ids that do not fit", () => {
    const logits = drawn<Tensor2D>(1, [2, 4]);
    const refused = (code: string): Error => expect.objectContaining({ code }) as Error;
    for (const k of [0, -1, 1.5]) expect(() => topLogProbabilities(logits, k)).toThrow(refused("TOP_COUNT"));
    for (const suppress of [[4], [-1], [0.5]]) {
      expect(() => topLogProbabilities(logits, 1, { suppress })).toThrow(refused("TOP_SUPPRESS"));
      expect(() => topLogProbabilities(logits, 1, { suppressInRow: [[], suppress] })).toThrow(
        refused("TOP_SUPPRESS"),
      );
    }
    expect(() => topLogProbabilities(logits, 1, { suppressInRow: [[0]] })).toThrow(refused("TOP_SUPPRESS"));
  });

  it("leaves no tensors behind", async () => {
    const logits = drawn<Tensor2D>(1, [3, 4]);
    await expectNoLeaks(() => void topLogProbabilities(logits, 2, { suppress: [1] }));
  });
});
