import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";

/** One step of a program; tensors are named by place, counted round. */
export interface Instruction {
  readonly what: number;
  readonly left: number;
  readonly right: number;
  readonly dispose: number | null;
  readonly read: boolean;
}

const shape: [number, number] = [4, 6];

/** Each makes a tensor of the one shape from two such, with values that stay small. */
export const instructions: readonly ((a: Tensor, b: Tensor) => Tensor)[] = [
  (a, b) => tf.mul(tf.add(a, b), 0.5),
  (a, b) => tf.tanh(tf.mul(a, b)),
  (a, b) => tf.maximum(tf.neg(a), b),
  (a) => tf.softmax(a),
  (a) => tf.clone(a),
  (a) => tf.reshape(tf.reshape(a, [24]), shape),
  (a) => tf.transpose(tf.reshape(a, [6, 4])),
  (a, b) => tf.concat([tf.slice(a, [0, 0], [1, 6]), tf.slice(b, [1, 0], [3, 6])]),
  (a, b) => tf.concat([tf.slice(a, [0, 0], [4, 2]), tf.tanh(tf.matMul(a, b, false, true))], 1),
  (a, b) => tf.stack([...tf.unstack(a).slice(0, 2), ...tf.unstack(b).slice(2)]),
  (a) => tf.gather(a, tf.tensor1d([3, 0, 0, 1], "int32")),
  (a) => tf.sub(a, tf.mean(a, 1, true)),
  (a, b) => tf.real(tf.complex(a, b)),
  (a, b) => tf.imag(tf.complex(a, b)),
  (a, b) => tf.where(tf.greater(a, b), a, b),
  (a) => tf.cast(tf.cast(tf.mul(a, 4), "int32"), "float32"),
  (a) => tf.sin(a),
  (a) => tf.clipByValue(tf.reverse(a, 1), -0.5, 0.5),
  (a) => tf.slice(tf.pad(tf.tile(a, [2, 1]), [[1, 0], [0, 2]]), [2, 1], shape), // prettier-ignore
  (a, b) => tf.grad((x) => tf.tanh(tf.mul(x, b)))(a),
];

/** What is read on the way, looked at only in the end, and all tensors that are left. */
export function runProgram(program: readonly Instruction[]): number[][] {
  const initial = (seed: number): Tensor =>
    tf.tensor(
      Array.from({ length: 24 }, (_, index) => Math.sin(seed * 31 + index * 7)),
      shape,
    );
  const tensors = [initial(1), initial(2), initial(3)];
  const reads: ArrayLike<number>[] = [];
  for (const { what, left, right, dispose, read } of program) {
    const [a, b] = [left, right].map((place) => tensors[place % tensors.length]) as [Tensor, Tensor];
    const made = tf.tidy(() => (instructions[what] as (a: Tensor, b: Tensor) => Tensor)(a, b));
    tensors.push(made);
    if (read) reads.push(made.dataSync());
    if (dispose !== null && tensors.length > 2) tensors.splice(dispose % tensors.length, 1)[0]?.dispose();
  }
  const left = tensors.map((tensor) => tensor.dataSync());
  tf.dispose(tensors);
  return [...reads, ...left].map((values) => Array.from(values));
}
