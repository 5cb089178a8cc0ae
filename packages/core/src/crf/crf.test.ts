import { seeded } from "@timestep/base";
import { startEngine } from "@timestep/engine";
import { everySequence, expectClose, expectNoLeaks, logSum } from "@timestep/testing";
import { type Tensor, type Tensor3D, tensor, zeros } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { tagConstraints, type TransitionConstraints } from "./constraints.js";
import { Crf } from "./crf.js";

beforeAll(async () => {
  await startEngine({ engine: "cpu" });
});

const bioTags = ["O", "B-x", "I-x", "B-y", "I-y"];
const bio = tagConstraints(bioTags, "BIO");
const paths = ["reference", "fused"] as const;

function emissionsOf(seed: number, shape: [number, number, number], spread = 1): Tensor3D {
  const random = seeded(seed);
  const size = shape[0] * shape[1] * shape[2];
  return tensor(
    Float32Array.from({ length: size }, () => spread * random.normal()),
    shape,
  );
}

/** ln p of every allowed path of one row, from the parameters and the definition alone. */
function everyLogProbability(
  crf: Crf,
  emissions: Tensor3D,
  b: number,
  length: number,
): { tags: number[]; score: number; logProbability: number }[] {
  const e = emissions.arraySync()[b] as number[][];
  const [start, end] = [crf.start.arraySync() as number[], crf.end.arraySync() as number[]];
  const transitions = crf.transitions.arraySync() as number[][];
  const { constraints } = crf;
  const allowed = (tags: number[]): boolean =>
    constraints === null ||
    (constraints.allowedStart[tags[0] as number] === true &&
      constraints.allowedEnd[tags.at(-1) as number] === true &&
      tags.slice(1).every((to, t) => constraints.allowed[tags[t] as number]?.[to] === true));
  const scored = everySequence(crf.tagCount, length)
    .filter(allowed)
    .map((tags) => {
      let score = (start[tags[0] as number] as number) + (end[tags.at(-1) as number] as number);
      for (const [t, tag] of tags.entries()) {
        score += e[t]?.[tag] as number;
        if (t > 0) score += transitions[tags[t - 1] as number]?.[tag] as number;
      }
      return { tags, score };
    });
  const partition = logSum(scored.map(({ score }) => score));
  return scored
    .map((path) => ({ ...path, logProbability: path.score - partition }))
    .sort((a, b) => b.score - a.score);
}

describe.each([
  ["free", undefined],
  ["BIO", bio],
])("a %s CRF against every path", (_, constraints) => {
  const lengths = [4, 1, 3];
  const setUp = (): { crf: Crf; emissions: Tensor3D } => ({
    crf: new Crf({ tagCount: 5, random: seeded(5), ...(constraints === undefined ? {} : { constraints }) }),
    emissions: emissionsOf(6, [3, 4, 5], 1.5),
  });

  it.each(paths)("gives the likelihood of each path (%s)", (path) => {
    const { crf, emissions } = setUp();
    const every = lengths.map((length, b) => everyLogProbability(crf, emissions, b, length));
    for (const pick of [0, 3, -1]) {
      const chosen = every.map((row) => row.at(pick % row.length) as (typeof row)[number]);
      const tags = chosen.map((row) => row.tags);
      const found = crf.logLikelihood(emissions, tags, lengths, { path });
      expectClose(
        found,
        chosen.map((row) => row.logProbability),
        1e-5,
      );
    }
  });

  it("decodes the best path with its probability", () => {
    const { crf, emissions } = setUp();
    for (const [b, found] of crf.decode(emissions, lengths).entries()) {
      const best = everyLogProbability(crf, emissions, b, lengths[b] as number)[0];
      expect(found.tags).toEqual(best?.tags);
      expect(found.score).toBeCloseTo(best?.score as number, 8);
      expect(found.probability).toBeCloseTo(Math.exp(best?.logProbability as number), 8);
    }
  });

  it("lists the best paths in order, the probabilities of all adding up to 1", () => {
    const { crf, emissions } = setUp();
    for (const [b, found] of crf.kBest(emissions, lengths, 1000).entries()) {
      const every = everyLogProbability(crf, emissions, b, lengths[b] as number);
      expect(found.map((path) => path.tags)).toEqual(every.map((path) => path.tags));
      expect(found.reduce((sum, path) => sum + path.probability, 0)).toBeCloseTo(1, 9);
    }
    expect(crf.kBest(emissions, lengths, 1).map(([best]) => best)).toEqual(crf.decode(emissions, lengths));
  });

  it("has marginals that equal the sums over paths and add up to 1", () => {
    const { crf, emissions } = setUp();
    for (const [b, steps] of crf.marginals(emissions, lengths).entries()) {
      const every = everyLogProbability(crf, emissions, b, lengths[b] as number);
      expect(steps).toHaveLength(lengths[b] as number);
      for (const [t, step] of steps.entries()) {
        const wanted = Array.from({ length: 5 }, (_, k) =>
          every
            .filter(({ tags }) => tags[t] === k)
            .reduce((sum, { logProbability }) => sum + Math.exp(logProbability), 0),
        );
        expectClose(step, wanted, 1e-9);
        expect([...step].reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12);
      }
    }
  });
});

describe("constraints", () => {
  const crf = (): Crf => new Crf({ tagCount: 5, constraints: bio, random: seeded(1) });

  it("keep forbidden tags at probability exactly 0, however high their emissions", () => {
    const emissions = tensor(
      Array.from({ length: 2 * 5 }, (_, n) => (n % 5 === 2 ? 200 : 0)),
      [1, 2, 5],
    ) as Tensor3D;
    const [steps] = crf().marginals(emissions, [2]);
    expect(steps?.[0]?.[2]).toBe(0);
    expect(steps?.[1]?.[4]).toBeLessThan(1e-80);
    expect(crf().decode(emissions, [2])[0]?.tags).toEqual([1, 2]);
  });

  it.each(paths)("refuse a gold path that breaks them (%s)", (path) => {
    const emissions = zeros([2, 3, 5]) as Tensor3D;
    const tags = [
      [0, 1, 2],
      [0, 1, 4],
    ];
    expect(() => crf().logLikelihood(emissions, tags, [3, 3], { path })).toThrow(
      "CRF_FORBIDDEN_TAGS: row 1: tag 1 at step 1 is followed by tag 4 at step 2",
    );
    expect(() => crf().logLikelihood(emissions, tags, [3, 2], { path })).not.toThrow();
  });

  it("name the row that they leave without a path", () => {
    const stuck: TransitionConstraints = {
      allowedStart: [true, false],
      allowedEnd: [false, true],
      allowed: bioNothing,
    };
    const nowhere = new Crf({ tagCount: 2, constraints: stuck, random: seeded(1) });
    const emissions = zeros([2, 3, 2]) as Tensor3D;
    for (const ask of [
      () => nowhere.decode(emissions, [0, 3]),
      () => nowhere.kBest(emissions, [0, 3], 2),
      () => nowhere.marginals(emissions, [0, 3]),
    ]) {
      expect(ask).toThrow("CRF_NO_PATH: row 1: the constraints allow no sequence of length 3");
    }
  });
  const bioNothing = [
    [true, false],
    [false, true],
  ];
});

describe("lengths", () => {
  it("give an empty row likelihood 0 and an empty path", () => {
    const crf = new Crf({ tagCount: 3, random: seeded(2) });
    const emissions = emissionsOf(3, [2, 2, 3]);
    for (const path of paths) {
      expect(crf.logLikelihood(emissions, [[], [0, 1]], [0, 2], { path }).dataSync()[0]).toBe(0);
    }
    expect(crf.decode(emissions, [0, 2])[0]).toEqual({ tags: [], score: 0, probability: 1 });
    expect(crf.kBest(emissions, [0, 2], 3)[0]).toEqual([{ tags: [], score: 0, probability: 1 }]);
    expect(crf.marginals(emissions, [0, 2])[0]).toEqual([]);
    const empty = tensor([], [2, 0, 3]) as Tensor3D;
    for (const path of paths) {
      expect([...crf.logLikelihood(empty, [[], []], [0, 0], { path }).dataSync()]).toEqual([0, 0]);
    }
  });

  it("hide whatever stands beyond them, NaN included", () => {
    const crf = new Crf({ tagCount: 5, constraints: bio, random: seeded(4) });
    const lengths = [2, 4];
    const clean = emissionsOf(5, [2, 4, 5]);
    const values = Float32Array.from(clean.dataSync());
    values.fill(NaN, 2 * 5, 4 * 5);
    const scrambled = tensor(values, [2, 4, 5]) as Tensor3D;
    const tags = [
      [1, 2],
      [0, 3, 4, 0],
    ];
    const padded = [[1, 2, 2, 77], tags[1] as number[]];
    for (const path of paths) {
      const wanted = crf.logLikelihood(clean, tags, lengths, { path }).dataSync();
      expect(crf.logLikelihood(scrambled, padded, lengths, { path }).dataSync()).toEqual(wanted);
    }
    expect(crf.decode(scrambled, lengths)).toEqual(crf.decode(clean, lengths));
    expect(crf.marginals(scrambled, lengths)).toEqual(crf.marginals(clean, lengths));
    expect(crf.kBest(scrambled, lengths, 4)).toEqual(crf.kBest(clean, lengths, 4));
  });
});

describe("bad input", () => {
  const crf = (): Crf => new Crf({ tagCount: 3, random: seeded(1) });
  const emissions = (): Tensor3D => zeros([2, 4, 3]);

  it("is refused at construction", () => {
    expect(() => new Crf({ tagCount: 0, random: seeded(1) })).toThrow(/CRF_TAG_COUNT/);
    expect(() => new Crf({ tagCount: 1.5, random: seeded(1) })).toThrow(/CRF_TAG_COUNT/);
    expect(() => new Crf({ tagCount: 4, constraints: bio, random: seeded(1) })).toThrow(/CRF_CONSTRAINTS/);
  });

  it("is refused when emissions and lengths do not fit", () => {
    const flat: Tensor = zeros([4, 3]);
    expect(() => crf().decode(flat as Tensor3D, [4])).toThrow(/CRF_EMISSIONS_RANK: .*got \[4, 3\]/);
    expect(() => crf().decode(zeros([2, 4, 5]), [4, 4])).toThrow(/CRF_EMISSIONS_SIZE: the CRF has 3 tags/);
    expect(() => crf().decode(emissions(), [4])).toThrow(/CRF_LENGTHS: .*2 rows, got 1 lengths/);
    for (const wrong of [5, -1, 1.5, NaN]) {
      expect(() => crf().marginals(emissions(), [4, wrong])).toThrow(
        `CRF_LENGTHS: row 1 has length ${wrong}`,
      );
    }
    expect(() => crf().kBest(emissions(), [4, 4], 0)).toThrow(/CRF_COUNT/);
  });

  it("is refused when tags do not fit", () => {
    const ask = (tags: number[][]) => (): unknown => crf().logLikelihood(emissions(), tags, [2, 2]);
    expect(ask([[0, 1]])).toThrow(/CRF_TAGS: the batch has 2 rows, got tags for 1/);
    expect(ask([[0, 1], [0]])).toThrow(/CRF_TAGS: row 1 has 2 steps, got 1 tags/);
    expect(
      ask([
        [0, 1],
        [0, 3],
      ]),
    ).toThrow(/CRF_TAG_RANGE: row 1, step 1: tag 3/);
  });

  it("is named when it is not finite", () => {
    const values = new Float32Array(24);
    values[12 + 3 + 1] = NaN;
    const broken = tensor(values, [2, 4, 3]) as Tensor3D;
    expect(() => crf().decode(broken, [4, 4])).toThrow(
      "CRF_NOT_FINITE: row 1: the emission of tag 1 at step 1 is NaN",
    );
    expect(() => crf().marginals(broken, [4, 4])).toThrow(/CRF_NOT_FINITE/);
    expect(() => crf().kBest(broken, [4, 4], 2)).toThrow(/CRF_NOT_FINITE/);
    for (const path of paths) {
      const tags = [
        [0, 1, 2, 0],
        [0, 1, 2, 0],
      ];
      const [fine, wrong] = crf().logLikelihood(broken, tags, [4, 4], { path }).dataSync();
      expect(fine).toBeLessThan(0);
      expect(wrong).toBeNaN();
    }
    const weights = crf();
    weights.start.assign(tensor([0, NaN, 0]));
    expect(() => weights.decode(emissions(), [4, 4])).toThrow(
      "CRF_NOT_FINITE: row 0: a weight of the CRF is NaN",
    );
  });
});

describe("memory", () => {
  it("is given back by every call, and by dispose", async () => {
    const emissions = emissionsOf(1, [2, 3, 5]);
    await expectNoLeaks(() => {
      const crf = new Crf({ tagCount: 5, constraints: bio, random: seeded(1) });
      for (const path of paths) crf.logLikelihood(emissions, [[0, 1, 2], [0]], [3, 1], { path }).dispose();
      crf.decode(emissions, [3, 1]);
      crf.kBest(emissions, [3, 1], 2);
      crf.marginals(emissions, [3, 1]);
      crf.dispose();
    });
  });
});
