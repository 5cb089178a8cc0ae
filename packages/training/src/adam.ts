import { arrayKernels } from "./array-loops.js";
import { type Optimiser, type OptimiserState, type StepSize, type Weight } from "./optimiser.js";
import { type OptimiserSettings } from "./settings.js";
import { Slots } from "./optimiser-slots.js";

/**
 * Adam with bias correction and decoupled weight decay.
 *
 *   m = β1·m + (1-β1)·g      v = β2·v + (1-β2)·g²
 *   θ = θ - rate·( m/(1-β1^t) / (√(v/(1-β2^t)) + ε) + decay·θ )
 *
 * The rate is that of the step times the parameter's own factor. The decay is left off parameters of rank 1 (biases),
 * which have no scale to keep small.
 *
 * @see Kingma & Ba 2015, arXiv:1412.6980, algorithm 1; Loshchilov & Hutter 2019, arXiv:1711.05101, algorithm 2.
 */
export class Adam implements Optimiser {
  private steps = 0;
  private readonly slots = new Slots();

  constructor(private readonly settings: OptimiserSettings) {}

  step(weights: readonly Weight[], gradients: readonly Float32Array[], size: StepSize): void {
    this.steps++;
    const { beta1, beta2, epsilon, weightDecay } = this.settings;
    const correction = 1 - beta1 ** this.steps;
    const rootScale = 1 / Math.sqrt(1 - beta2 ** this.steps);
    const { gradientScale } = size;
    const kernels = arrayKernels();
    weights.forEach((weight, index) => {
      const arrays = {
        theta: weight.data,
        gradient: gradients[index] as Float32Array,
        mean: this.slots.of("mean", weight),
        square: this.slots.of("square", weight),
      };
      const learningRate = size.learningRate * (weight.rate ?? 1);
      const rate = learningRate / correction;
      const keep = weight.shape.length > 1 ? 1 - learningRate * weightDecay : 1;
      kernels.adamStep(arrays, { gradientScale, beta1, beta2, rate, rootScale, epsilon, keep });
    });
  }

  slotNames(): readonly string[] {
    return ["mean", "square"];
  }

  state(): OptimiserState {
    return { steps: this.steps, slots: this.slots.all() };
  }

  restore({ steps, slots }: OptimiserState): void {
    this.steps = steps;
    this.slots.restore(slots);
  }
}
