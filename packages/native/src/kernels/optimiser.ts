import type { ArrayKernels } from "@timestep/base";

/** The part of the addon that takes an optimiser's steps; arguments as in `ArrayKernels`. */
export interface OptimiserAddon {
  sumOfSquares(values: Float32Array): number;
  adamStep(
    theta: Float32Array,
    gradient: Float32Array,
    mean: Float32Array,
    square: Float32Array,
    gradientScale: number,
    beta1: number,
    beta2: number,
    rate: number,
    rootScale: number,
    epsilon: number,
    keep: number,
  ): void;
  sgdStep(
    theta: Float32Array,
    gradient: Float32Array,
    velocity: Float32Array | null,
    gradientScale: number,
    momentum: number,
    nesterov: boolean,
    rate: number,
    keep: number,
  ): void;
  averageStep(average: Float32Array, values: Float32Array, keep: number): void;
}

/** The passes over arrays of a training step in C++, shared by the threads. */
export function optimiserKernels(addon: OptimiserAddon): ArrayKernels {
  return {
    sumOfSquares: (values) => addon.sumOfSquares(values),
    adamStep: (
      { theta, gradient, mean, square },
      { gradientScale, beta1, beta2, rate, rootScale, epsilon, keep },
    ) => {
      addon.adamStep(
        theta,
        gradient,
        mean,
        square,
        gradientScale,
        beta1,
        beta2,
        rate,
        rootScale,
        epsilon,
        keep,
      );
    },
    sgdStep: ({ theta, gradient, velocity }, { gradientScale, momentum, nesterov, rate, keep }) => {
      addon.sgdStep(theta, gradient, velocity ?? null, gradientScale, momentum, nesterov, rate, keep);
    },
    averageStep: (average, values, keep) => {
      addon.averageStep(average, values, keep);
    },
  };
}
