import { seeded } from "@timestep/base";
import type { Values } from "@timestep/engine";

/** Seeded normal values around 0 with deviation 0.6. */
export function drawnValues(seed: number, shape: readonly number[]): Values {
  const random = seeded(seed);
  const size = shape.reduce((product, n) => product * n, 1);
  return { shape, data: Float32Array.from({ length: size }, () => 0.6 * random.normal()) };
}

/** One of `count` equal blocks of the first axis. */
export function rows({ shape, data }: Values, count: number, index: number): Values {
  const size = data.length / count;
  return {
    shape: [(shape[0] ?? 0) / count, ...shape.slice(1)],
    data: data.slice(index * size, (index + 1) * size),
  };
}

/** One of `count` equal blocks of the columns of a matrix, transposed: [outputs, inputs]. */
export function columns({ shape, data }: Values, count: number, index: number): Values {
  const [inputs = 0, width = 0] = shape;
  const size = width / count;
  const block = Float32Array.from({ length: inputs * size }, (_, n) => {
    const [output, input] = [Math.floor(n / inputs), n % inputs];
    return data[input * width + index * size + output] as number;
  });
  return { shape: [size, inputs], data: block };
}

/** W x + b with W [outputs, inputs]; without b when it is not given. */
export function affine(kernel: Values, x: readonly number[], bias?: Values): number[] {
  const [outputs = 0, inputs = 0] = kernel.shape;
  return Array.from({ length: outputs }, (_, output) =>
    x.reduce(
      (sum, value, input) => sum + value * (kernel.data[output * inputs + input] as number),
      bias?.data[output] ?? 0,
    ),
  );
}

export const add = (...terms: readonly number[][]): number[] =>
  (terms[0] ?? []).map((_, n) => terms.reduce((sum, term) => sum + (term[n] as number), 0));

export const multiply = (a: readonly number[], b: readonly number[]): number[] =>
  a.map((x, n) => x * (b[n] as number));

export const sigmoid = (x: readonly number[]): number[] => x.map((value) => 1 / (1 + Math.exp(-value)));

export const tanh = (x: readonly number[]): number[] => x.map(Math.tanh);
