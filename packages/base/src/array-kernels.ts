/**
 * Passes over plain arrays that a training step makes once a step and that some engines do faster than a loop in
 * JavaScript. Who needs one has a loop of its own and asks here first, so nothing depends on an engine that may not be
 * installed. An engine's results must be the same bits in every run with the same number of threads, and those of the
 * loop to a relative error of 1e-6.
 */
export interface ArrayKernels {
  /** Σ x², in double precision. */
  sumOfSquares(values: Float32Array): number;
  /** One step of Adam on one parameter, in place. */
  adamStep(arrays: AdamArrays, step: AdamStep): void;
  /** One step of gradient descent on one parameter, in place. */
  sgdStep(arrays: SgdArrays, step: SgdStep): void;
  /** average = keep·average + (1-keep)·values, in place. */
  averageStep(average: Float32Array, values: Float32Array, keep: number): void;
}

/** A parameter, its gradient, and the running means of gradient and squared gradient, all of one length. */
export interface AdamArrays {
  readonly theta: Float32Array;
  readonly gradient: Float32Array;
  readonly mean: Float32Array;
  readonly square: Float32Array;
}

/** θ = keep·θ - rate·m / (√v·rootScale + ε), with g = gradientScale·gradient in the running means m and v. */
export interface AdamStep {
  readonly gradientScale: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly rate: number;
  readonly rootScale: number;
  readonly epsilon: number;
  readonly keep: number;
}

/** A parameter, its gradient, and the gathered gradients where there is momentum. */
export interface SgdArrays {
  readonly theta: Float32Array;
  readonly gradient: Float32Array;
  readonly velocity: Float32Array | undefined;
}

/** b = momentum·b + g; θ = keep·θ - rate·(b, or g + momentum·b with `nesterov`). */
export interface SgdStep {
  readonly gradientScale: number;
  readonly momentum: number;
  readonly nesterov: boolean;
  readonly rate: number;
  readonly keep: number;
}

const offered = new Map<string, ArrayKernels>();

/** Offers kernels under the name of the TF.js backend that they belong to; a second offer replaces the first. */
export function offerArrayKernels(backend: string, kernels: ArrayKernels): void {
  offered.set(backend, kernels);
}

/** What was offered under the name of a TF.js backend. */
export function arrayKernelsOf(backend: string): ArrayKernels | undefined {
  return offered.get(backend);
}
