import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import { drawn } from "../backend/backend-cases.fixture.js";

/** A form of the decoder and the sizes of a batch, named as in the shapes. */
export interface DecoderCase {
  readonly cell: "lstm" | "gru";
  readonly attend: "after" | "before";
  readonly score: "additive" | "dot";
  readonly feeding: boolean;
  readonly gated: boolean;
  readonly T: number;
  readonly S: number;
  readonly E: number;
  readonly H: number;
  readonly M: number;
  readonly A: number;
  readonly O: number;
  readonly lengths: readonly number[];
  readonly memoryLengths: readonly number[];
  readonly memoryOf: readonly number[];
}

/** Shapes of the inputs that the form has, by name, in the kernel's order. */
export function inputShapes(c: DecoderCase): Record<string, number[]> {
  const { T, S, E, H, M, A, O } = c;
  const [B, memories] = [c.lengths.length, c.memoryLengths.length];
  const width = (c.cell === "lstm" ? 4 : 3) * H;
  const fed = c.attend === "before" ? M : c.feeding ? O : 0;
  return {
    embedded: [B, T, E],
    values: [memories, S, M],
    keys: [memories, S, A],
    inputKernel: [E + fed, width],
    recurrentKernel: [H, width],
    bias: [width],
    ...(c.cell === "gru" ? { candidateBias: [H] } : {}),
    ...(c.score === "additive" ? { queryKernel: [H, A], scoreVector: [A] } : {}),
    ...(c.attend === "after" ? { hiddenReadout: [H, O], contextReadout: [M, O], readoutBias: [O] } : {}),
    ...(c.gated ? { gateKernel: [H, M], gateBias: [M] } : {}),
    h: [B, H],
    ...(c.cell === "lstm" ? { c: [B, H] } : {}),
    ...(c.feeding ? { feed: [B, O] } : {}),
  };
}

/** Numbers for the inputs; weights are small enough for gates to stay open. */
export function drawInputs(c: DecoderCase, seed = 1): Tensor[] {
  return Object.values(inputShapes(c)).map((shape, index) =>
    tf.mul(drawn(seed + index, shape), shape.length === 2 ? 1 / Math.sqrt(shape[0] ?? 1) : 0.7),
  );
}

/**
 * The decoder as its equations say, an operation at a time: [outputs] or [hidden, contexts], then alignments and final
 * states.
 */
export function referenceDecoder(c: DecoderCase, inputs: readonly Tensor[]): Tensor[] {
  const names = Object.keys(inputShapes(c));
  const get = (name: string): Tensor => inputs[names.indexOf(name)] as Tensor;
  const rowsOf = (name: string): Tensor => tf.gather(get(name), tf.tensor1d([...c.memoryOf], "int32"));
  const [values, keys] = [rowsOf("values"), rowsOf("keys")]; // [B, S, M], [B, S, A]
  const visible = tf.tensor2d(
    c.memoryOf.map((memory) =>
      Array.from({ length: c.S }, (_, j) => (j < (c.memoryLengths[memory] as number) ? 1 : 0)),
    ),
  );
  /** Weights [B, S] and context [B, M]. */
  const attend = (query: Tensor): [Tensor, Tensor] => {
    const score =
      c.score === "additive"
        ? tf.sum(
            tf.mul(
              tf.tanh(
                tf.add(keys, tf.expandDims(tf.matMul(query as Tensor2D, get("queryKernel") as Tensor2D), 1)),
              ),
              get("scoreVector"),
            ),
            -1,
          )
        : tf.sum(tf.mul(keys, tf.expandDims(query, 1)), -1);
    const terms = tf.mul(tf.exp(score), visible);
    // A memory without places has no terms, and no weights either.
    const total = tf.add(tf.sum(terms, -1, true), tf.sub(1, tf.max(visible, -1, true)));
    const weights = tf.div(terms, total);
    return [weights, tf.sum(tf.mul(values, tf.expandDims(weights, -1)), 1)];
  };
  const product = (x: Tensor, name: string): Tensor => tf.matMul(x as Tensor2D, get(name) as Tensor2D);
  const step = (x: Tensor, h: Tensor, cell: Tensor | undefined): [Tensor, Tensor | undefined] => {
    const sums = tf.add(product(x, "inputKernel"), get("bias"));
    const state = product(h, "recurrentKernel");
    if (cell !== undefined) {
      const [i, f, o, g] = tf.split(tf.add(sums, state), 4, 1) as [Tensor, Tensor, Tensor, Tensor];
      const next = tf.add(tf.mul(tf.sigmoid(f), cell), tf.mul(tf.sigmoid(i), tf.tanh(g)));
      return [tf.mul(tf.sigmoid(o), tf.tanh(next)), next];
    }
    const [xu, xr, xn] = tf.split(sums, 3, 1) as [Tensor, Tensor, Tensor];
    const [hu, hr, hn] = tf.split(state, 3, 1) as [Tensor, Tensor, Tensor];
    const update = tf.sigmoid(tf.add(xu, hu));
    const reset = tf.sigmoid(tf.add(xr, hr));
    const candidate = tf.tanh(tf.add(xn, tf.mul(reset, tf.add(hn, get("candidateBias")))));
    return [tf.add(tf.mul(update, candidate), tf.mul(tf.sub(1, update), h)), undefined];
  };
  const steps: Tensor[][] = [];
  let h = get("h");
  let cell = c.cell === "lstm" ? get("c") : undefined;
  let feed = c.feeding ? get("feed") : undefined;
  for (let t = 0; t < c.T; t++) {
    const alive = tf.tensor2d(c.lengths.map((length) => [t < length ? 1 : 0]));
    const hold = (next: Tensor, old: Tensor): Tensor =>
      tf.add(tf.mul(next, alive), tf.mul(old, tf.sub(1, alive)));
    const embedded = tf.squeeze(tf.slice(get("embedded"), [0, t, 0], [-1, 1, -1]), [1]);
    let given: Tensor[];
    let next: Tensor;
    let nextCell: Tensor | undefined;
    if (c.attend === "after") {
      [next, nextCell] = step(feed === undefined ? embedded : tf.concat([embedded, feed], 1), h, cell);
      const [weights, context] = attend(next);
      const output = tf.tanh(
        tf.add(
          tf.add(product(next, "hiddenReadout"), product(context, "contextReadout")),
          get("readoutBias"),
        ),
      );
      if (feed !== undefined) feed = hold(output, feed);
      given = [output, weights];
    } else {
      const [weights, raw] = attend(h);
      const context = c.gated
        ? tf.mul(tf.sigmoid(tf.add(product(h, "gateKernel"), get("gateBias"))), raw)
        : raw;
      [next, nextCell] = step(tf.concat([embedded, context], 1), h, cell);
      given = [next, context, weights];
    }
    steps.push(given.map((value) => tf.mul(value, alive)));
    h = hold(next, h);
    if (cell !== undefined && nextCell !== undefined) cell = hold(nextCell, cell);
  }
  const sequences = (steps[0] ?? []).map((_, index) =>
    tf.stack(
      steps.map((s) => s[index] as Tensor),
      1,
    ),
  );
  return [...sequences, h, ...(cell === undefined ? [] : [cell])];
}

/** Σ probe·result over all results, whose gradients reach every input. */
export function probed(results: readonly Tensor[], probes: readonly Tensor[]): tf.Scalar {
  return tf.addN(
    results.map((result, index) => tf.sum(tf.mul(result, probes[index] as Tensor))),
  ) as tf.Scalar;
}
