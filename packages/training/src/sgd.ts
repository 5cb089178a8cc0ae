import { type Optimiser, type OptimiserState, type StepSize, type Weight } from "./optimiser.js";
import { type OptimiserSettings } from "./settings.js";
import { Slots } from "./optimiser-slots.js";

/**
 * Gradient descent with momentum and decoupled weight decay.
 *
 *   b = μ·b + g      step = b, or g + μ·b with Nesterov's look-ahead      θ = θ - rate·(step + decay·θ)
 *
 * The decay is left off parameters of rank 1 (biases).
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
    const { learningRate, gradientScale } = size;
    weights.forEach((weight, index) => {
      const gradient = gradients[index] as Float32Array;
      const velocity = momentum > 0 ? this.slots.of("velocity", weight) : undefined;
      const theta = weight.data;
      const keep = weight.shape.length > 1 ? 1 - learningRate * weightDecay : 1;
      for (let i = 0; i < theta.length; i++) {
        let step = (gradient[i] as number) * gradientScale;
        if (velocity !== undefined) {
          const b = momentum * (velocity[i] as number) + step;
          velocity[i] = b;
          step = nesterov ? step + momentum * b : b;
        }
        theta[i] = keep * (theta[i] as number) - learningRate * step;
      }
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
