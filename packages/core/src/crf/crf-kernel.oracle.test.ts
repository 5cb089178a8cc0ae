import { seeded } from "@timestep/base";
import { startEngine } from "@timestep/engine";
import { expectClose, expectNoLeaks } from "@timestep/testing";
import {
  engine,
  grads,
  mul,
  type Scalar,
  sum,
  type Tensor,
  tensor,
  type Tensor3D,
  tidy,
  variableGrads,
} from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { tagConstraints, type TransitionConstraints } from "./constraints.js";
import { Crf, type CrfPath } from "./crf.js";

/** The engine with kernels of its own, or the reason why it is not here: its tests are then skipped. */
const missing = await startEngine({ engine: "native" }).then(
  () => undefined,
  (failure: unknown) => String(failure),
);
if (missing !== undefined) console.warn(`tests of the CRF kernels are skipped: ${missing}`);

interface Case {
  readonly name: string;
  readonly tagCount: number;
  readonly lengths: readonly number[];
  readonly constraints?: TransitionConstraints;
  /** Standard deviation of the emissions. */
  readonly spread: number;
}

const alternating: TransitionConstraints = {
  allowedStart: [true, false, true],
  allowedEnd: [false, true, true],
  allowed: [
    [false, true, false],
    [true, false, false],
    [false, false, true],
  ],
};

const cases: Case[] = [
  { name: "one tag", tagCount: 1, lengths: [3, 1, 0], spread: 1 },
  { name: "rows of all lengths", tagCount: 5, lengths: [7, 0, 3, 1, 7, 2, 6], spread: 2 },
  {
    name: "BIO",
    tagCount: 5,
    lengths: [6, 4, 1, 5],
    spread: 2,
    constraints: tagConstraints(["O", "B-x", "I-x", "B-y", "I-y"], "BIO"),
  },
  {
    name: "alternating constraints",
    tagCount: 3,
    lengths: [5, 4, 1, 2],
    spread: 1,
    constraints: alternating,
  },
  { name: "as many tags as vectors hold", tagCount: 16, lengths: [9, 8], spread: 1 },
  { name: "one tag more", tagCount: 17, lengths: [9, 8, 3], spread: 1 },
  { name: "127 tags", tagCount: 127, lengths: [12, 20, 7, 20, 1], spread: 2 },
  {
    name: "emissions that only log space holds",
    tagCount: 3,
    lengths: [9, 6, 4],
    spread: 600,
    constraints: alternating,
  },
];

interface Problem {
  readonly crf: Crf;
  readonly emissions: Tensor3D;
  readonly tags: number[][];
  readonly lengths: readonly number[];
}

function problemOf({ tagCount, lengths, constraints, spread }: Case): Problem {
  const random = seeded(tagCount + lengths.length);
  const crf = new Crf({ tagCount, random, ...(constraints === undefined ? {} : { constraints }) });
  for (const { variable } of crf.parameters()) {
    variable.assign(
      tensor(
        Float32Array.from({ length: variable.size }, () => random.normal()),
        variable.shape,
      ),
    );
  }
  const time = Math.max(...lengths) + 1;
  const values = Float32Array.from(
    { length: lengths.length * time * tagCount },
    () => spread * random.normal(),
  );
  for (const [b, length] of lengths.entries()) values[(b * time + length) * tagCount] = NaN; // past the end
  const emissions = tensor(values, [lengths.length, time, tagCount]) as Tensor3D;
  // Some allowed path of each length, not the best one.
  const flat = tensor(
    values.map((value) => (Number.isNaN(value) ? 0 : value / 10)),
    emissions.shape,
  ) as Tensor3D;
  const tags = crf.kBest(flat, lengths, 3).map((paths) => paths.at(-1)?.tags as number[]);
  return { crf, emissions, tags, lengths };
}

/** Likelihoods, and the gradient of their sum weighted by 1, -2, 3… in emissions and parameters. */
function run({ crf, emissions, tags, lengths }: Problem, path: CrfPath): Map<string, Tensor> {
  const weights = tensor(Float32Array.from(lengths, (_, b) => (b % 2 === 0 ? 1 + b : -1 - b)));
  const loss = (x: Tensor): Scalar =>
    sum(mul(crf.logLikelihood(x as Tensor3D, tags, lengths, { path }), weights));
  const results = new Map([["likelihoods", crf.logLikelihood(emissions, tags, lengths, { path }) as Tensor]]);
  results.set("emissions", grads(loss)([emissions])[0] as Tensor);
  const { grads: byName } = variableGrads(
    () => loss(emissions),
    crf.parameters().map(({ variable }) => variable),
  );
  for (const { path: name, variable } of crf.parameters()) results.set(name, byName[variable.name] as Tensor);
  return results;
}

describe.skipIf(missing !== undefined)("CRF kernels", () => {
  beforeAll(() => startEngine({ engine: "native" }));

  describe.each(cases)("$name", (given) => {
    it("give the likelihoods and gradients of the fused path", () => {
      const problem = problemOf(given);
      const kernel = run(problem, "kernel");
      for (const [name, wanted] of run(problem, "fused"))
        expectClose(kernel.get(name) as Tensor, wanted, 1e-5);
    });

    it("decode as the plain code does", () => {
      const { crf, emissions, lengths } = problemOf(given);
      const found = crf.decode(emissions, lengths);
      const best = crf.kBest(emissions, lengths, 1).map(([path]) => path);
      expect(found.map(({ tags }) => tags)).toEqual(best.map((path) => path?.tags));
      for (const [b, path] of found.entries()) {
        expect(path.score).toBeCloseTo(best[b]?.score as number, 8);
        expect(path.probability).toBeCloseTo(best[b]?.probability as number, 5);
      }
    });

    it("have the marginals of the plain code", async () => {
      const problem = problemOf(given);
      const byKernel = problem.crf.marginals(problem.emissions, problem.lengths);
      await startEngine({ engine: "cpu" });
      const again = problemOf(given); // the same numbers on the other engine
      const plain = again.crf.marginals(again.emissions, again.lengths);
      await startEngine({ engine: "native" });
      expect(byKernel.map((steps) => steps.length)).toEqual(plain.map((steps) => steps.length));
      for (const [b, steps] of plain.entries()) {
        for (const [t, step] of steps.entries()) expectClose(byKernel[b]?.[t] as Float32Array, step, 1e-5);
      }
    });
  });

  it("give the same bits on any number of threads", async () => {
    const problem = problemOf({ name: "", tagCount: 9, lengths: [8, 3, 7, 8, 5, 1, 2], spread: 2 });
    const results: string[] = [];
    for (const threads of [1, 2, 3]) {
      await startEngine({ engine: "native", threads });
      results.push([...run(problem, "kernel").values()].map((result) => result.dataSync().join()).join("|"));
    }
    expect(new Set(results).size).toBe(1);
  });

  it("are what auto takes, and leave no tensors behind", async () => {
    const problem = problemOf(cases[1] as Case);
    const names = (path: CrfPath): string[] => {
      const { state } = engine();
      const before = state.activeProfile;
      state.profiling = true;
      state.activeProfile = { ...before, kernels: [] };
      problem.crf.logLikelihood(problem.emissions, problem.tags, problem.lengths, { path });
      state.profiling = false;
      const found = state.activeProfile.kernels.map(({ name }) => name);
      state.activeProfile = before;
      return found;
    };
    expect(names("auto")).toContain("TimestepCrf");
    expect(names("fused")).not.toContain("TimestepCrf");
    await expectNoLeaks(() => {
      tidy(() => void run(problem, "kernel"));
      problem.crf.decode(problem.emissions, problem.lengths);
      problem.crf.marginals(problem.emissions, problem.lengths);
    });
  });

  it("say what is wrong with rows that have no path or are not finite", () => {
    const crf = new Crf({
      tagCount: 3,
      random: seeded(1),
      constraints: { ...alternating, allowedEnd: [false, true, false] },
    });
    const emissions = tensor(new Float32Array(9), [1, 3, 3]) as Tensor3D;
    expect(() => crf.decode(emissions, [3])).toThrow(/CRF_NO_PATH/);
    const values = new Float32Array(9);
    values[5] = NaN;
    const broken = tensor(values, [1, 3, 3]) as Tensor3D;
    const notFinite = /CRF_NOT_FINITE: row 0: the emission of tag 2 at step 1/;
    expect(() => crf.decode(broken, [2])).toThrow(notFinite);
    expect(() => crf.marginals(broken, [2])).toThrow(notFinite);
    const [likelihood] = crf.logLikelihood(broken, [[0, 1]], [2], { path: "kernel" }).dataSync();
    expect(likelihood).toBeNaN();
  });

  it("are refused where the engine has none", async () => {
    const { crf, emissions, tags, lengths } = problemOf(cases[1] as Case);
    await startEngine({ engine: "cpu" });
    expect(() => crf.logLikelihood(emissions, tags, lengths, { path: "kernel" })).toThrow(/CRF_PATH.*"cpu"/);
    await startEngine({ engine: "native" });
  });

  it("refuse what does not fit", () => {
    const zeros = (shape: number[]): Tensor => tensor(new Float32Array(shape.reduce((a, b) => a * b)), shape);
    const inputs = {
      emissions: zeros([2, 3, 4]),
      transitions: zeros([4, 4]),
      start: zeros([4]),
      end: zeros([4]),
    };
    const good = {
      lengths: [3, 2],
      constraints: null,
      tags: [
        [0, 1, 2],
        [3, 3],
      ],
      gradient: true,
    };
    const call = (attributes: object, tensors: object = {}): unknown =>
      engine().runKernel("TimestepCrf", { ...inputs, ...tensors }, { ...good, ...attributes } as never);
    expect(() => call({})).not.toThrow();
    expect(() => call({ lengths: [3, 4] })).toThrow(/length/);
    expect(() => call({ lengths: [3] })).toThrow(/lengths must have 2/);
    expect(() =>
      call({
        tags: [
          [0, 1, 4],
          [3, 3],
        ],
      }),
    ).toThrow(/tag of the path is out of range/);
    expect(() =>
      call({
        tags: [
          [0, 1, -1],
          [3, 3],
        ],
      }),
    ).toThrow(/tag of the path is out of range/);
    expect(() => call({}, { transitions: zeros([4, 3]) })).toThrow(/transitions must have 16/);
    expect(() => call({}, { start: zeros([3]) })).toThrow(/start must have 4/);
    expect(() => call({}, { end: zeros([5]) })).toThrow(/end must have 4/);
  });
});
