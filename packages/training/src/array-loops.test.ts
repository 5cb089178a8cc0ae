import { offerArrayKernels, seeded } from "@timestep/base";
import { startEngine } from "@timestep/engine";
import { getBackend } from "@tensorflow/tfjs-core";
import { afterAll, expect, it } from "vitest";
import { arrayKernels, arrayLoops } from "./array-loops.js";
import { WeightAverage } from "./averaging.js";
import { norms } from "./gradients.js";
import { createOptimiser, type Weight } from "./optimiser.js";
import { type OptimiserSettings, trainingSettings } from "./settings.js";

/** Ten steps of an optimiser and a running average, from the same start each time. */
function tenSteps(optimiser: Partial<OptimiserSettings>): Float32Array[] {
  const random = seeded(5);
  const draw = (): Float32Array => Float32Array.from({ length: 1003 }, () => random.normal());
  const weights: Weight[] = [
    { path: "kernel", shape: [17, 59], data: draw() },
    { path: "bias", shape: [1003], data: draw() },
  ];
  const made = createOptimiser(trainingSettings.parse({ optimiser }).optimiser);
  const average = new WeightAverage(0.9, weights);
  for (let step = 0; step < 10; step++) {
    const gradients = [draw(), draw()];
    const gradientScale = 1 / Math.hypot(...norms(gradients));
    made.step(weights, gradients, { learningRate: 0.01, gradientScale });
    average.update(weights);
  }
  const slots = [...made.state().slots.values(), ...average.state().values.values()];
  return [...weights, ...slots].map(({ data }) => data);
}

const optimisers: Partial<OptimiserSettings>[] = [
  { kind: "adam", weightDecay: 0.1 },
  { kind: "sgd", momentum: 0.9, nesterov: true, weightDecay: 0.1 },
  { kind: "sgd", momentum: 0 },
];

const started = await startEngine({ engine: "native" }).then(
  () => true,
  () => false,
);
if (!started) console.warn("the native engine is not built: its steps are not compared");
afterAll(() => startEngine({ engine: "wasm" }));

it.skipIf(!started).each(optimisers)(
  "engine native takes the steps of the loops to 1e-6: $kind",
  async (optimiser) => {
    await startEngine({ engine: "native" });
    expect(arrayKernels()).not.toBe(arrayLoops);
    const native = tenSteps(optimiser);
    expect(tenSteps(optimiser)).toEqual(native); // the same bits again
    await startEngine({ engine: "wasm" });
    expect(arrayKernels()).toBe(arrayLoops);
    const loops = tenSteps(optimiser);
    native.forEach((values, index) => {
      const error = values.reduce((worst, value, i) => {
        const exact = loops[index]?.[i] as number;
        return Math.max(worst, Math.abs(value - exact) / Math.max(1e-3, Math.abs(exact)));
      }, 0);
      expect(error).toBeLessThan(1e-6);
    });
  },
);

it("asks what runs for its passes, each time", async () => {
  await startEngine({ engine: "cpu" });
  const calls: string[] = [];
  offerArrayKernels(getBackend(), {
    sumOfSquares: (values) => (calls.push("sum"), arrayLoops.sumOfSquares(values)),
    adamStep: (...given) => (calls.push("adam"), arrayLoops.adamStep(...given)),
    sgdStep: (...given) => (calls.push("sgd"), arrayLoops.sgdStep(...given)),
    averageStep: (...given) => (calls.push("average"), arrayLoops.averageStep(...given)),
  });
  for (const optimiser of optimisers) tenSteps(optimiser);
  expect(new Set(calls)).toEqual(new Set(["sum", "adam", "sgd", "average"]));
});
