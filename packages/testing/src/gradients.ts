import { ConfigError, type Random, seeded } from "@timestep/base";
import { grads, mul, sum, type Tensor, tensor, tidy, Variable } from "@tensorflow/tfjs-core";
import { AssertionError } from "./assertion.js";
import { place } from "./compare.js";

/** How {@link expectGradients} probes and samples. */
export interface GradientCheckOptions {
  /** Seed of the probe and of the sample; default 1. */
  readonly seed?: number;
  /** At most this many elements of each input are checked, drawn without repeats; default 128. */
  readonly sample?: number;
}

/** The check that is ready to run. */
export interface GradientCheck {
  /**
   * Fails with the worst element unless every element's relative error is at most `tolerance`.
   * The error of an element is |analytic - numeric| / max(|analytic|, |numeric|, floor), where the floor is a tenth of
   * the largest analytic gradient of that input and at least 0.01: below that, float32 differences say nothing.
   */
  within(tolerance: number): Promise<void>;
}

/** Steps of the central differences, in units of max(1, |x|): balanced between rounding (1e-7/h) and curvature (h²). */
const steps = [1e-2, 2e-2, 2e-3] as const;

/**
 * Compares TF.js's gradients of Σ probe·f(inputs) with central differences, element by element; the probe is normal
 * and seeded, so every output takes part with its own weight.
 *
 * The function is evaluated in float32, the differences are summed in float64. An element is first tried with a step of
 * 0.01. Only when that disagrees are two other estimates made, Richardson's extrapolation (for strong curvature) and a
 * step of 0.002 (for a kink near by), and the closest one counts.
 *
 * Inputs that are variables are perturbed in place and restored, so the parameters of a module can be checked through
 * a function that reads them: `expectGradients(() => layer.run(x), parameters)`. `f` must give the same
 * result each time it is called. Nothing is disposed that the caller owns.
 *
 * @throws {ConfigError} GRADIENT_INPUT when an input is not float32 or there is none.
 *
 * @example
 * ```ts
 * it("matches numeric gradients", () => expectGradients((a, b) => matMul(a, b), [a, b]).within(1e-3));
 * ```
 */
export function expectGradients(
  f: (...inputs: Tensor[]) => Tensor,
  inputs: readonly Tensor[],
  options: GradientCheckOptions = {},
): GradientCheck {
  return {
    within: async (tolerance) => {
      const wrong = inputs.findIndex((input) => input.dtype !== "float32");
      if (inputs.length === 0 || wrong >= 0) {
        throw new ConfigError(
          "GRADIENT_INPUT",
          wrong < 0
            ? "there is no input to check."
            : `input ${wrong} is ${inputs[wrong]?.dtype}, not float32.`,
          { hint: "Pass the float32 tensors to differentiate; close over everything else." },
        );
      }
      const random = seeded(options.seed ?? 1);
      const probe = await probeFor(f, inputs, random.fork("probe"));
      const analytic = await analyticGradients(f, inputs, probe);
      for (const [index, input] of inputs.entries()) {
        const elements = sampleOf(input.size, options.sample ?? 128, random.fork(index));
        await checkInput(f, inputs, index, elements, analytic[index] as Float32Array, probe, tolerance);
      }
    },
  };
}

interface Probe {
  readonly shape: number[];
  readonly data: Float32Array;
}

async function probeFor(
  f: (...inputs: Tensor[]) => Tensor,
  inputs: readonly Tensor[],
  random: Random,
): Promise<Probe> {
  const output = tidy(() => f(...inputs));
  const probe = {
    shape: output.shape,
    data: Float32Array.from({ length: output.size }, () => random.normal()),
  };
  if (!inputs.includes(output)) output.dispose();
  await Promise.resolve();
  return probe;
}

async function analyticGradients(
  f: (...inputs: Tensor[]) => Tensor,
  inputs: readonly Tensor[],
  probe: Probe,
): Promise<Float32Array[]> {
  const gradients = tidy(() => {
    const weights = tensor(probe.data, probe.shape, "float32");
    return grads((...xs: Tensor[]) => sum(mul(f(...xs), weights)))([...inputs]);
  });
  const values = await Promise.all(gradients.map(async (g) => (await g.data()) as Float32Array));
  for (const gradient of gradients) gradient.dispose();
  return values;
}

async function checkInput(
  f: (...inputs: Tensor[]) => Tensor,
  inputs: readonly Tensor[],
  index: number,
  elements: readonly number[],
  analytic: Float32Array,
  probe: Probe,
  tolerance: number,
): Promise<void> {
  const input = inputs[index] as Tensor;
  const original = Float32Array.from((await input.data()) as Float32Array);
  const floor = Math.max(1e-2, 0.1 * largest(analytic));
  const relative = (a: number, n: number): number =>
    a === n ? 0 : Math.abs(a - n) / Math.max(Math.abs(a), Math.abs(n), floor);
  let worst = { error: -1, element: -1, analytic: NaN, numeric: NaN };
  for (const element of elements) {
    const slopeAt = (step: number): Promise<number> =>
      slope(f, inputs, index, element, original, probe, step);
    const expected = analytic[element] as number;
    let numeric = await slopeAt(steps[0]);
    let error = relative(expected, numeric);
    if (!(error <= tolerance)) {
      const richardson = (4 * numeric - (await slopeAt(steps[1]))) / 3;
      for (const other of [richardson, await slopeAt(steps[2])]) {
        const otherError = relative(expected, other);
        if (otherError < error || Number.isNaN(error)) [numeric, error] = [other, otherError];
      }
    }
    const comparable = Number.isNaN(error) ? Infinity : error;
    if (comparable > worst.error) worst = { error: comparable, element, analytic: expected, numeric };
  }
  if (worst.error > tolerance) {
    throw new AssertionError(
      `gradient of input ${index} [${input.shape.join(", ")}] at element ${place(worst.element, input.shape)}: ` +
        `analytic ${worst.analytic}, numeric ${worst.numeric}, ` +
        `relative error ${worst.error.toExponential(2)} above ${tolerance}`,
    );
  }
}

/** (L(x+h) - L(x-h)) / 2h for one element; h is what float32 makes of it. */
async function slope(
  f: (...inputs: Tensor[]) => Tensor,
  inputs: readonly Tensor[],
  index: number,
  element: number,
  original: Float32Array,
  probe: Probe,
  step: number,
): Promise<number> {
  const size = step * Math.max(1, Math.abs(original[element] as number));
  const values = Float32Array.from(original);
  const at = async (value: number): Promise<Float32Array> => {
    values[element] = value;
    return outputWith(f, inputs, index, values, original);
  };
  const above = Math.fround((original[element] as number) + size);
  const below = Math.fround((original[element] as number) - size);
  const [high, low] = [await at(above), await at(below)];
  let difference = 0;
  for (let n = 0; n < high.length; n++) {
    difference += (probe.data[n] as number) * ((high[n] as number) - (low[n] as number));
  }
  return difference / (above - below);
}

/** The output with one input replaced; a variable gets its own values back whatever happens. */
async function outputWith(
  f: (...inputs: Tensor[]) => Tensor,
  inputs: readonly Tensor[],
  index: number,
  values: Float32Array,
  original: Float32Array,
): Promise<Float32Array> {
  const input = inputs[index] as Tensor;
  if (!(input instanceof Variable)) {
    const output = tidy(() => {
      const replaced = tensor(Float32Array.from(values), input.shape, "float32");
      return f(...inputs.map((other, i) => (i === index ? replaced : other)));
    });
    const data = Float32Array.from((await output.data()) as Float32Array);
    if (!inputs.includes(output)) output.dispose();
    return data;
  }
  try {
    assign(input, values);
    const output = tidy(() => f(...inputs));
    const data = Float32Array.from((await output.data()) as Float32Array);
    if (!inputs.includes(output)) output.dispose();
    return data;
  } finally {
    assign(input, original);
  }
}

function assign(target: Variable, values: Float32Array): void {
  const next = tensor(Float32Array.from(values), target.shape, "float32");
  target.assign(next as typeof target);
  next.dispose();
}

function largest(values: Float32Array): number {
  let most = 0;
  for (const value of values) most = Math.max(most, Math.abs(value));
  return Number.isFinite(most) ? most : 0;
}

function sampleOf(size: number, count: number, random: Random): number[] {
  const all = Array.from({ length: size }, (_, n) => n);
  return size <= count ? all : random.shuffled(all).slice(0, count);
}
