import { type Values } from "@timestep/core";
import { arrayKernels } from "./array-loops.js";
import { type Weight } from "./optimiser.js";

/** The state of a {@link WeightAverage}. */
export interface WeightAverageState {
  readonly updates: number;
  readonly values: ReadonlyMap<string, Values>;
}

/**
 * Exponential moving average of weights over steps.
 *
 *   d = min(decay, (1 + t) / (10 + t))      a = d·a + (1-d)·θ
 *
 * The decay warms up so that the average forgets the random start quickly. Averaged weights usually score better and
 * always more steadily than the last ones, and cost one pass over the weights per step.
 *
 * @see Polyak & Juditsky 1992, doi:10.1137/0330046, for averaging; the warm-up is the one in TensorFlow's
 *   `ExponentialMovingAverage(num_updates)`.
 */
export class WeightAverage {
  private updates = 0;
  private readonly values = new Map<string, Values>();

  /** Starts from the weights as they are. */
  constructor(
    private readonly decay: number,
    weights: readonly Weight[],
  ) {
    for (const { path, shape, data } of weights) this.values.set(path, { shape, data: data.slice() });
  }

  /** Takes in the weights after a step. */
  update(weights: readonly Weight[]): void {
    const decay = Math.min(this.decay, (1 + this.updates) / (10 + this.updates));
    this.updates++;
    const kernels = arrayKernels();
    for (const { path, data } of weights) {
      kernels.averageStep((this.values.get(path) as Values).data, data, decay);
    }
  }

  /** The averaged weights and their age, not copied. */
  state(): WeightAverageState {
    return { updates: this.updates, values: this.values };
  }

  /** Continues from a state taken earlier. */
  restore({ updates, values }: WeightAverageState): void {
    this.updates = updates;
    for (const [path, { shape, data }] of values) this.values.set(path, { shape, data: data.slice() });
  }
}
