import { arrayKernels } from "./array-loops.js";
import { type Optimiser, type OptimiserState, type StepSize, type Weight } from "./optimiser.js";
import { type OptimiserSettings } from "./settings.js";
import { Slots } from "./optimiser-slots.js";

/**
 * Gradient descent with momentum and decoupled weight decay.
 *
 *   b = μ·b + g      step = b, or g + μ·b with Nesterov's look-ahead      θ = θ - rate·(step + decay·θ)
 *
 * The rate is that of the step times the parameter's own factor. The decay is left off parameters of rank 1
 * (biases).
 *
 * @see Sutskever et al. 2013, "On the importance of initialization and momentum in deep learning", equations 1 to 4,
 *   in the form where `b` is not scaled by the learning rate.
 */
export class Sgd implements Optimiser {
  private steps = 0;
  private readonly slots = new Slots();

  constructor(private readonly settings: OptimiserSettings) {}

  step(weights: readonly Weight[], gradients: readonly Float32Array[], size: StepSize): void {
    this.steps++;
    const { momentum, nesterov, weightDecay } = this.settings;
    const { gradientScale } = size;
    const kernels = arrayKernels();
    weights.forEach((weight, index) => {
      const arrays = {
        theta: weight.data,
        gradient: gradients[index] as Float32Array,
        velocity: momentum > 0 ? this.slots.of("velocity", weight) : undefined,
      };
      const learningRate = size.learningRate * (weight.rate ?? 1);
      const keep = weight.shape.length > 1 ? 1 - learningRate * weightDecay : 1;
      kernels.sgdStep(arrays, { gradientScale, momentum, nesterov, rate: learningRate, keep });
    });
  }

  slotNames(): readonly string[] {
    return this.settings.momentum > 0 ? ["velocity"] : [];
  }

  state(): OptimiserState {
    return { steps: this.steps, slots: this.slots.all() };
  }

  restore({ steps, slots }: OptimiserState): void {
    this.steps = steps;
    this.slots.restore(slots);
  }
}
