import { seeded } from "@timestep/base";
import { startEngine } from "@timestep/engine";
import { expectClose } from "@timestep/testing";
import {
  dispose,
  engine,
  memory,
  mul,
  type Scalar,
  sum,
  type Tensor,
  tensor,
  type Tensor3D,
  tidy,
  valueAndGrad,
} from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { ctcMinimumLength } from "./labels.js";
import { ctcLoss, type CtcOptions } from "./loss.js";

/** The engine with a kernel of its own, or the reason why it is not here: its tests are then skipped. */
const missing = await startEngine({ engine: "native" }).then(
  () => undefined,
  (failure: unknown) => String(failure),
);
if (missing !== undefined) console.warn(`tests of the CTC kernel are skipped: ${missing}`);

interface Batch {
  readonly logits: Tensor3D;
  readonly options: CtcOptions;
}

function drawn(seed: number, [batch, time, classes, count]: readonly number[], spread: number): Batch {
  const random = seeded(seed);
  const [rows, steps, width, most] = [batch, time, classes, count] as [number, number, number, number];
  const values = Float32Array.from({ length: rows * steps * width }, () => spread * random.normal());
  const labels = Array.from({ length: rows }, () =>
    Array.from({ length: random.integer(most + 1) }, () => random.integer(width - 1)),
  );
  const lengths = labels.map((row) => {
    const least = ctcMinimumLength(row);
    return least + random.integer(steps - least + 1);
  });
  return {
    logits: tensor(values, [rows, steps, width]),
    options: { labels, lengths, blank: width - 1 },
  };
}

/** Losses, and the gradient of their sum weighted by 1, 2, 3…, by one path. */
function run({ logits, options }: Batch, path: "reference" | "kernel"): Tensor[] {
  const rows = logits.shape[0];
  const weights = tensor(Float32Array.from({ length: rows }, (_, b) => 1 + b));
  const losses = ctcLoss(logits, { ...options, path });
  const weighted = (x: Tensor): Scalar => sum(mul(ctcLoss(x as Tensor3D, { ...options, path }), weights));
  return [losses, valueAndGrad(weighted)(logits).grad];
}

describe.skipIf(missing !== undefined)("the CTC kernel", () => {
  beforeAll(() => startEngine({ engine: "native" }));

  it.each([
    { sizes: [1, 1, 2, 1], spread: 1 },
    { sizes: [5, 9, 4, 3], spread: 2 },
    { sizes: [4, 40, 33, 17], spread: 3 },
    { sizes: [3, 200, 64, 30], spread: 1 },
    { sizes: [3, 60, 6, 8], spread: 40 }, // frames that rule out most of their classes
  ])("agrees with the reference, B T C L $sizes, spread $spread", ({ sizes, spread }) => {
    const batch = drawn(sizes.length + spread, sizes, spread);
    const [losses, gradient] = run(batch, "kernel") as [Tensor, Tensor];
    const [wantedLosses, wantedGradient] = run(batch, "reference") as [Tensor, Tensor];
    expectClose(losses, wantedLosses, 1e-6);
    expectClose(gradient, wantedGradient, 1e-5);
  });

  it("agrees on rows that are infeasible, empty, impossible or not finite", () => {
    const { logits } = drawn(3, [6, 4, 3, 1], 1);
    const values = logits.dataSync<"float32">();
    values[1 * 12 + 4] = NaN;
    for (let t = 0; t < 4; t++) values[2 * 12 + 3 * t] = -Infinity;
    const given = tensor(values, [6, 4, 3]) as Tensor3D;
    const labels = [[1, 1], [1], [0], [], [1], [0]];
    const lengths = [2, 4, 4, 3, 0, 4];
    for (const infeasible of ["zero", "infinity"] as const) {
      const batch = { logits: given, options: { labels, lengths, blank: 2, infeasible } };
      const [kernel, reference] = [run(batch, "kernel"), run(batch, "reference")].map((results) =>
        results.map((result) => [...result.dataSync()].map((value) => Number(value.toFixed(5)))),
      );
      expect(kernel).toEqual(reference);
    }
  });

  it("gives the same bits on any number of threads", async () => {
    const batch = drawn(9, [7, 50, 20, 9], 2);
    const results: string[] = [];
    for (const threads of [1, 2, 3]) {
      await startEngine({ engine: "native", threads });
      results.push(
        run(batch, "kernel")
          .map((result) => result.dataSync().join())
          .join("|"),
      );
    }
    expect(new Set(results).size).toBe(1);
  });

  it("is what auto takes, and leaves no tensors behind", () => {
    const { logits, options } = drawn(4, [2, 5, 4, 2], 1);
    const names = (path: "auto" | "reference"): string[] => {
      const { state } = engine();
      const before = state.activeProfile;
      state.profiling = true;
      state.activeProfile = { ...before, kernels: [] };
      ctcLoss(logits, { ...options, path });
      state.profiling = false;
      const found = state.activeProfile.kernels.map(({ name }) => name);
      state.activeProfile = before;
      return found;
    };
    expect(names("auto")).toContain("TimestepCtc");
    expect(names("reference")).not.toContain("TimestepCtc");
    const train = (): void => {
      const { value, grad } = valueAndGrad((x) => sum(ctcLoss(x as Tensor3D, options)))(logits);
      dispose([value, grad]);
      tidy(() => void ctcLoss(logits, options));
    };
    train();
    const before = memory().numTensors;
    train();
    expect(memory().numTensors).toBe(before);
  });

  it("refuses what does not fit", () => {
    const logits = tensor(new Float32Array(24), [2, 4, 3]);
    const good = { labels: [[1], [2]], lengths: [4, 4], blank: 0, zeroInfinity: false, gradient: true };
    const call = (wrong: object): unknown =>
      engine().runKernel("TimestepCtc", { logits }, { ...good, ...wrong } as never);
    expect(() => call({})).not.toThrow();
    expect(() => call({ lengths: [4, 5] })).toThrow(/length/);
    expect(() => call({ lengths: [4] })).toThrow(/lengths must have 2/);
    expect(() => call({ labels: [[1]] })).toThrow(/labelCounts must have 2/);
    expect(() => call({ labels: [[1], [3]] })).toThrow(/label is the blank or no class/);
    expect(() => call({ labels: [[1], [0]] })).toThrow(/label is the blank or no class/);
    expect(() => call({ blank: 3 })).toThrow(/blank/);
    expect(() => call({ zeroInfinity: 1 })).toThrow(/zeroInfinity/);
  });
});
