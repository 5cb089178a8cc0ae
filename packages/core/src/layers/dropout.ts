import { ConfigError, type Random } from "@timestep/base";
import { mul, type Tensor, tensor, tidy } from "@tensorflow/tfjs-core";

/** `variational`: one mask for all steps of a row; `standard`: a mask for every step. */
export type DropoutKind = "standard" | "variational";

export interface DropoutOptions {
  /** Share of values set to zero, in [0, 1); the others are scaled by 1 / (1 - rate). */
  readonly rate: number;
  /** Default "standard". `variational` reads the second axis as time. */
  readonly kind?: DropoutKind;
  /** Draws the mask. Without it dropout is off, as it must be at inference. */
  readonly random: Random | undefined;
}

/**
 * Dropout of a tensor [B, …], or of a sequence [B, T, …].
 *
 * @throws {ConfigError} DROPOUT_RATE when the rate is outside [0, 1).
 * @see Srivastava et al. 2014; variational: Gal & Ghahramani 2016, arXiv:1512.05287.
 */
export function dropout<T extends Tensor>(x: T, { rate, kind, random }: DropoutOptions): T {
  if (!(rate >= 0 && rate < 1)) {
    throw new ConfigError("DROPOUT_RATE", `a dropout rate must lie in [0, 1), got ${rate}.`, {
      hint: "0.5 drops half.",
    });
  }
  if (rate === 0 || random === undefined) return x;
  const shape = x.shape.map((size, axis) => (kind === "variational" && axis === 1 ? 1 : size));
  const mask = new Float32Array(shape.reduce((product, size) => product * size, 1));
  const threshold = rate * 0x1_0000_0000;
  const scale = 1 / (1 - rate);
  for (let i = 0; i < mask.length; i++) mask[i] = random.bits() < threshold ? 0 : scale;
  return tidy(() => mul(x, tensor(mask, shape)));
}
