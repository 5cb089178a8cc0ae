import { seeded } from "@timestep/base";
import { describe, expect, it } from "vitest";
import { createOptimiser, type Weight } from "./optimiser.js";
import { type OptimiserSettings, trainingSettings } from "./settings.js";

const settingsOf = (optimiser: Partial<OptimiserSettings>): OptimiserSettings =>
  trainingSettings.parse({ optimiser }).optimiser;

/** The paths that single values take under an optimiser, for given gradients per step. */
function walk(
  optimiser: Partial<OptimiserSettings>,
  start: number,
  gradients: readonly number[],
  shape = [1, 1],
) {
  const settings = settingsOf(optimiser);
  const made = createOptimiser(settings);
  const weight: Weight = { path: "w", shape, data: Float32Array.of(start) };
  return gradients.map((gradient) => {
    made.step([weight], [Float32Array.of(gradient)], {
      learningRate: settings.learningRate,
      gradientScale: 1,
    });
    return weight.data[0] as number;
  });
}

function expectPath(path: readonly number[], expected: readonly number[]): void {
  expect(path).toHaveLength(expected.length);
  path.forEach((value, i) => expect(value).toBeCloseTo(expected[i] as number, 6));
}

describe("adam", () => {
  it("moves by the learning rate at first, whatever the size of the gradient", () => {
    expectPath(walk({ learningRate: 0.1 }, 1, [1e-1]), [0.9]);
    expectPath(walk({ learningRate: 0.1 }, 1, [-1e3]), [1.1]);
  });

  it("follows three steps worked by hand", () => {
    // Step 2: m = 0.5·0.5 + 0.5·(-1) = -0.25, m̂ = -0.25/0.75; v = 0.75·0.25 + 0.25·1 = 0.4375, v̂ = 0.4375/0.4375 = 1.
    // Step 3: m = -0.125 + 0.25 = 0.125, m̂ = 0.125/0.875; v = 0.328125 + 0.0625 = 0.390625, v̂ = 0.390625/0.578125.
    const third = 0.1 * (0.125 / 0.875 / Math.sqrt(0.390625 / 0.578125));
    const second = 0.9 + 0.1 / 3;
    const path = walk({ learningRate: 0.1, beta1: 0.5, beta2: 0.75, epsilon: 1e-12 }, 1, [1, -1, 0.5]);
    expectPath(path, [0.9, second, second - third]);
  });

  it("decays weights apart from the gradient, and leaves biases alone", () => {
    const decayed = { learningRate: 0.1, weightDecay: 0.5 };
    expectPath(walk(decayed, 2, [0]), [2 * (1 - 0.1 * 0.5)]);
    expectPath(walk(decayed, 2, [3]), [2 * (1 - 0.1 * 0.5) - 0.1]);
    expectPath(walk(decayed, 2, [0], [1]), [2]);
  });
});

describe("sgd", () => {
  it("without momentum goes down the gradient", () => {
    expectPath(walk({ kind: "sgd", learningRate: 0.1, momentum: 0 }, 1, [1, -2]), [0.9, 1.1]);
  });

  it("keeps a share of the last step", () => {
    expectPath(walk({ kind: "sgd", learningRate: 0.1, momentum: 0.5 }, 1, [1, 1, 0]), [0.9, 0.75, 0.675]);
  });

  it("looks ahead with nesterov", () => {
    const path = walk({ kind: "sgd", learningRate: 0.1, momentum: 0.5, nesterov: true }, 1, [1, 0]);
    expectPath(path, [1 - 0.1 * 1.5, 1 - 0.1 * 1.5 - 0.1 * 0.25]);
  });

  it("decays weights and leaves biases alone", () => {
    const decayed = { kind: "sgd", learningRate: 0.1, weightDecay: 0.5 } as const;
    expectPath(walk(decayed, 2, [0]), [1.9]);
    expectPath(walk(decayed, 2, [0], [1]), [2]);
  });
});

describe.each(["adam", "sgd"] as const)("%s", (kind) => {
  const random = seeded(5);
  const gradients = Array.from({ length: 6 }, () => Float32Array.from({ length: 4 }, () => random.normal()));
  const size = { learningRate: 0.01, gradientScale: 0.5 };
  const fresh = (): Weight => ({ path: "w", shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) });

  it("goes on from its state to the same bits", () => {
    const settings = settingsOf({ kind });
    const whole = fresh();
    const straight = createOptimiser(settings);
    for (const gradient of gradients) straight.step([whole], [gradient], size);

    const broken = fresh();
    const first = createOptimiser(settings);
    for (const gradient of gradients.slice(0, 3)) first.step([broken], [gradient], size);
    const second = createOptimiser(settings);
    second.restore(first.state());
    first.step([fresh()], [gradients[0] as Float32Array], size); // must not reach the second's memory
    for (const gradient of gradients.slice(3)) second.step([broken], [gradient], size);
    expect(broken.data).toEqual(whole.data);
    expect([...straight.state().slots.keys()]).toEqual(straight.slotNames().map((slot) => `${slot}/w`));
  });

  it("scales gradients as clipping asks", () => {
    const [scaled, plain] = [fresh(), fresh()];
    createOptimiser(settingsOf({ kind })).step([scaled], [gradients[0] as Float32Array], size);
    const half = (gradients[0] as Float32Array).map((value) => value / 2);
    createOptimiser(settingsOf({ kind })).step([plain], [half], { ...size, gradientScale: 1 });
    expect(scaled.data).toEqual(plain.data);
  });

  it("multiplies the learning rate by a parameter's own factor, and its decay with it", () => {
    const settings = settingsOf({ kind, weightDecay: 0.5 });
    const [slow, plain] = [{ ...fresh(), rate: 0.25 }, fresh()];
    const [a, b] = [createOptimiser(settings), createOptimiser(settings)];
    for (const gradient of gradients) {
      a.step([slow], [gradient], size);
      b.step([plain], [gradient], { ...size, learningRate: size.learningRate * 0.25 });
    }
    expect(slow.data).toEqual(plain.data);
    expect(slow.data).not.toEqual(fresh().data);
  });
});
