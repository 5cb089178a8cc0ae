import { ShapeError } from "@timestep/base";
import { constant, zeros } from "@timestep/engine";
import {
  add,
  customGrad,
  engine,
  type GradSaveFunc,
  mean,
  mul,
  rsqrt,
  square,
  sub,
  type Tensor,
  type Tensor1D,
  tidy,
} from "@tensorflow/tfjs-core";
import { Module } from "../module.js";
import { engineHas } from "../own-kernels.js";

const kernelName = "TimestepLayerNorm";

/**
 * Layer normalisation over the last axis:
 *
 *   y = (x - μ)/√(σ² + ε) · gain + offset      μ, σ²: mean and variance of each row
 *
 * Unlike batch normalisation it treats every row alone, so padding and batch size change nothing.
 *
 * **Shapes.** `x` [..., C], `gain` [C], `offset` [C] -> [..., C].
 *
 * An engine that has the kernel `TimestepLayerNorm` runs it, and its gradient, in one pass over the rows each.
 *
 * @throws {ShapeError} LAYER_NORM_SHAPE when `gain` or `offset` is not [C].
 * @see Ba, Kiros & Hinton 2016, arXiv:1607.06450, equations 3 and 4.
 */
export function layerNorm<T extends Tensor>(x: T, gain: Tensor1D, offset: Tensor1D, epsilon = 1e-5): T {
  const size = x.shape.at(-1);
  for (const [name, { shape }] of Object.entries({ gain, offset })) {
    if (shape.join() !== String(size)) {
      throw new ShapeError(
        "LAYER_NORM_SHAPE",
        `layer normalisation of [${x.shape.join(", ")}] got a ${name} of [${shape.join(", ")}].`,
        { hint: `Give one number for each of the ${size ?? 0} columns.` },
      );
    }
  }
  if (engineHas(kernelName)) return layerNormByKernel(x, gain, offset, epsilon) as T;
  return tidy(() => {
    const centred = sub(x, mean(x, -1, true));
    const scale = rsqrt(add(mean(square(centred), -1, true), epsilon)); // [..., 1]
    return add(mul(mul(centred, scale), gain), offset);
  });
}

function layerNormByKernel(x: Tensor, gain: Tensor1D, offset: Tensor1D, epsilon: number): Tensor {
  const run = customGrad((...given) => {
    const [input, gains, offsets, save] = given as [Tensor, Tensor, Tensor, GradSaveFunc];
    const results: Tensor[] = engine().runKernel(
      kernelName,
      { x: input, gain: gains, offset: offsets },
      { epsilon },
    );
    const [value, means, scales] = results as [Tensor, Tensor, Tensor];
    save([input, gains, means, scales]);
    return {
      value,
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [before, factor, mu, scale] = saved as [Tensor, Tensor, Tensor, Tensor];
        return engine().runKernel(`${kernelName}Grad`, {
          dy,
          x: before,
          gain: factor,
          means: mu,
          scales: scale,
        });
      },
    };
  });
  return tidy(() => run(x, gain, offset));
}

/**
 * {@link layerNorm} with its own gain and offset, which start at 1 and 0.
 *
 * **Shapes.** [..., size] -> [..., size]. Parameters: `gain` [size], `offset` [size].
 */
export class LayerNorm extends Module {
  readonly size: number;
  private readonly gain: Tensor1D;
  private readonly offset: Tensor1D;
  private readonly epsilon: number;

  /** `epsilon` is added to the variance; default 1e-5. */
  constructor({ size, epsilon }: { readonly size: number; readonly epsilon?: number }) {
    super();
    this.size = size;
    this.epsilon = epsilon ?? 1e-5;
    this.gain = this.parameter("gain", constant([size], 1)) as Tensor1D;
    this.offset = this.parameter("offset", zeros([size])) as Tensor1D;
  }

  /** @throws {ShapeError} LAYER_NORM_SHAPE when the last axis of `x` is not `size`. */
  apply<T extends Tensor>(x: T): T {
    return layerNorm(x, this.gain, this.offset, this.epsilon);
  }
}
