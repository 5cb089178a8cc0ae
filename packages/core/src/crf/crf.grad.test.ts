import { seeded } from "@timestep/base";
import { startEngine } from "@timestep/engine";
import { expectClose, expectGradients, expectNoLeaks } from "@timestep/testing";
import { dispose, grads, mul, sum, type Tensor, type Tensor3D, tensor, tidy } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { tagConstraints } from "./constraints.js";
import { Crf, type CrfPath } from "./crf.js";

beforeAll(async () => {
  await startEngine({ engine: "cpu" });
});

const paths = ["reference", "fused"] as const;
const bioes = tagConstraints(["O", "B-x", "I-x", "E-x", "S-x"], "BIOES");
const bioesRows = [[1, 2, 3, 0], [4], [0, 4, 0]];
const freeRows = [[1, 1, 3, 0], [2], [4, 0, 2]];
const lengths = [4, 1, 3];

function emissionsOf(seed: number, shape: [number, number, number], spread = 1): Tensor3D {
  const random = seeded(seed);
  const size = shape[0] * shape[1] * shape[2];
  return tensor(
    Float32Array.from({ length: size }, () => spread * random.normal()),
    shape,
  );
}

/** The likelihoods and their gradients in emissions, transitions, start and end, each row with its own weight. */
function valueAndGradients(
  crf: Crf,
  emissions: Tensor3D,
  tags: readonly (readonly number[])[],
  rowLengths: readonly number[],
  path: CrfPath,
): Tensor[] {
  const weights = tensor(rowLengths.map((_, b) => 1 + 0.5 * b));
  const f = (...[x]: Tensor[]): Tensor =>
    sum(mul(crf.logLikelihood(x as Tensor3D, tags, rowLengths, { path }), weights));
  const value = crf.logLikelihood(emissions, tags, rowLengths, { path });
  const gradients = tidy(() => grads(f)([emissions, crf.transitions, crf.start, crf.end]));
  weights.dispose();
  return [value, ...gradients];
}

describe.each([
  ["free", undefined, freeRows],
  ["BIOES", bioes, bioesRows],
])("gradients of a %s CRF", (_, constraints, tags) => {
  const setUp = (): { crf: Crf; emissions: Tensor3D } => ({
    crf: new Crf({ tagCount: 5, random: seeded(5), ...(constraints === undefined ? {} : { constraints }) }),
    emissions: emissionsOf(6, [3, 4, 5]),
  });

  it.each(paths)("match numeric ones (%s)", async (path) => {
    const { crf, emissions } = setUp();
    const f = (x: Tensor): Tensor => crf.logLikelihood(x as Tensor3D, tags, lengths, { path });
    await expectGradients(f as (...inputs: Tensor[]) => Tensor, [
      emissions,
      crf.transitions,
      crf.start,
      crf.end,
    ]).within(1e-3);
  });

  it("agree between the paths", () => {
    const { crf, emissions } = setUp();
    const reference = valueAndGradients(crf, emissions, tags, lengths, "reference");
    const fused = valueAndGradients(crf, emissions, tags, lengths, "fused");
    for (const [n, found] of fused.entries()) expectClose(found, reference[n] as Tensor, 2e-5);
  });

  it.each(paths)("are exactly zero beyond a length, even over NaN (%s)", (path) => {
    const { crf, emissions } = setUp();
    const values = Float32Array.from(emissions.dataSync());
    const beyond = Array.from({ length: values.length }, (_, n) => {
      const [b, t] = [Math.floor(n / 20), Math.floor((n % 20) / 5)];
      return t >= (lengths[b] as number);
    });
    const scrambled = tensor(
      values.map((value, n) => (beyond[n] === true ? NaN : value)),
      [3, 4, 5],
    ) as Tensor3D;
    const clean = valueAndGradients(crf, emissions, tags, lengths, path);
    const found = valueAndGradients(crf, scrambled, tags, lengths, path);
    for (const [n, gradient] of found.entries()) expect(gradient.dataSync()).toEqual(clean[n]?.dataSync());
    const gradient = (found[1] as Tensor).dataSync();
    expect(beyond.filter((yes, n) => yes && Math.abs(gradient[n] as number) > 0)).toEqual([]);
    expect(beyond.filter((yes, n) => !yes && gradient[n] !== 0)).toHaveLength(
      8 * 5 - forbiddenAtEdges(constraints),
    );
  });
});

/** Emissions that no allowed path reads: the start forbids I and E, the end B and I, a row of one step all three. */
function forbiddenAtEdges(constraints: typeof bioes | undefined): number {
  return constraints === undefined ? 0 : 2 + 2 + 3 + (2 + 2);
}

describe("forbidden weights", () => {
  it.each(paths)("get gradient exactly 0 (%s)", (path) => {
    const crf = new Crf({ tagCount: 5, constraints: bioes, random: seeded(5) });
    const found = valueAndGradients(crf, emissionsOf(6, [3, 4, 5]), bioesRows, lengths, path);
    const [transitions, start, end] = found.slice(2).map((gradient) => gradient.dataSync());
    const live = (gradient: ArrayLike<number> | undefined): boolean[] =>
      Array.from(gradient ?? [], (value) => value !== 0);
    expect(live(transitions)).toEqual(bioes.allowed.flat());
    expect(live(start)).toEqual(bioes.allowedStart);
    expect(live(end)).toEqual(bioes.allowedEnd);
  });
});

describe("fused against reference", () => {
  it("on a larger random batch", () => {
    const [batch, steps, tagCount] = [6, 15, 19] as const;
    const random = seeded(8);
    const crf = new Crf({ tagCount, random });
    crf.transitions.assign(
      tensor(
        Float32Array.from({ length: tagCount ** 2 }, () => 2 * random.normal()),
        [tagCount, tagCount],
      ),
    );
    const emissions = emissionsOf(9, [batch, steps, tagCount], 3);
    const rowLengths = Array.from({ length: batch }, (_, b) => (b === 2 ? 0 : 1 + random.integer(steps)));
    const tags = rowLengths.map((length) => Array.from({ length }, () => random.integer(tagCount)));
    const reference = valueAndGradients(crf, emissions, tags, rowLengths, "reference");
    const fused = valueAndGradients(crf, emissions, tags, rowLengths, "fused");
    for (const [n, found] of fused.entries()) expectClose(found, reference[n] as Tensor, 1e-4);
  });

  it("on emissions of ±200, also where scaling gives up", () => {
    // Two separate lanes: what the first steps put out of float64's reach, the later ones bring back.
    const lanes = {
      allowedStart: [true, true],
      allowedEnd: [true, true],
      allowed: [
        [true, false],
        [false, true],
      ],
    };
    const crf = new Crf({ tagCount: 2, constraints: lanes, random: seeded(3) });
    const turning = Array.from({ length: 24 }, (_, n) => (n % 2 === (n < 12 ? 0 : 1) ? 200 : -200));
    const random = seeded(4);
    const wild = Array.from({ length: 24 }, () => 200 * (2 * random.integer(2) - 1));
    const emissions = tensor([...turning, ...wild], [2, 12, 2]) as Tensor3D;
    const tags = [0, 1].map((tag) => Array.from({ length: 12 }, () => tag));
    const reference = valueAndGradients(crf, emissions, tags, [12, 12], "reference");
    const fused = valueAndGradients(crf, emissions, tags, [12, 12], "fused");
    for (const [n, found] of fused.entries()) expectClose(found, reference[n] as Tensor, 1e-4);
    const [likelihood = 0] = (fused[0] as Tensor).dataSync();
    expect(likelihood).toBeGreaterThan(-5); // the lanes' emissions end level: only the weights tell them apart
    expect(likelihood).toBeLessThan(-0.1);
  });
});

describe("the tape", () => {
  it("leaves nothing behind", async () => {
    const crf = new Crf({ tagCount: 5, constraints: bioes, random: seeded(5) });
    const emissions = emissionsOf(6, [3, 4, 5]);
    for (const path of paths) {
      await expectNoLeaks(() => dispose(valueAndGradients(crf, emissions, bioesRows, lengths, path)));
    }
  });
});
