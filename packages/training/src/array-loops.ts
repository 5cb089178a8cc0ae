import { type ArrayKernels, arrayKernelsOf } from "@timestep/base";
import { getBackend } from "@tensorflow/tfjs-core";

/** The passes over arrays of a training step as plain loops: what they mean, and what runs on most engines. */
export const arrayLoops: ArrayKernels = {
  sumOfSquares(values) {
    let sum = 0;
    for (let i = 0; i < values.length; i++) sum += (values[i] as number) * (values[i] as number);
    return sum;
  },

  adamStep(
    { theta, gradient, mean, square },
    { gradientScale, beta1, beta2, rate, rootScale, epsilon, keep },
  ) {
    for (let i = 0; i < theta.length; i++) {
      const g = (gradient[i] as number) * gradientScale;
      const m = beta1 * (mean[i] as number) + (1 - beta1) * g;
      const v = beta2 * (square[i] as number) + (1 - beta2) * g * g;
      mean[i] = m;
      square[i] = v;
      theta[i] = keep * (theta[i] as number) - (rate * m) / (Math.sqrt(v) * rootScale + epsilon);
    }
  },

  sgdStep({ theta, gradient, velocity }, { gradientScale, momentum, nesterov, rate, keep }) {
    for (let i = 0; i < theta.length; i++) {
      let step = (gradient[i] as number) * gradientScale;
      if (velocity !== undefined) {
        const b = momentum * (velocity[i] as number) + step;
        velocity[i] = b;
        step = nesterov ? step + momentum * b : b;
      }
      theta[i] = keep * (theta[i] as number) - rate * step;
    }
  },

  averageStep(average, values, keep) {
    for (let i = 0; i < values.length; i++) {
      average[i] = keep * (average[i] as number) + (1 - keep) * (values[i] as number);
    }
  },
};

/** What the running engine offers for these passes, or the loops. */
export function arrayKernels(): ArrayKernels {
  return arrayKernelsOf(getBackend()) ?? arrayLoops;
}
