import { ShapeError } from "@timestep/base";
import { sideBySide, type Values } from "@timestep/engine";

/** Values by parameter name. */
export type NamedValues = ReadonlyMap<string, Values>;

/** The values under a name, or an error that names it. */
export function required(weights: NamedValues, name: string): Values {
  const values = weights.get(name);
  if (values === undefined) {
    throw new ShapeError("IMPORT_MISSING", `the weights hold no "${name}".`, {
      hint: `There are: ${[...weights.keys()].join(", ") || "none"}.`,
    });
  }
  return values;
}

/** Gates of a kernel that lie under one another, [count·H, I], as matrices [I, H]. */
export function stackedGates(kernel: Values, count: number): Values[] {
  const [rows = 0, inputs = 0] = kernel.shape;
  if (kernel.shape.length !== 2 || rows % count !== 0) {
    throw new ShapeError(
      "IMPORT_SHAPE",
      `a kernel of ${count} gates has shape [${kernel.shape.join(", ")}].`,
      {
        hint: `Its first axis must be ${count} times the hidden size.`,
      },
    );
  }
  const hidden = rows / count;
  return Array.from({ length: count }, (_, gate) => {
    const data = new Float32Array(inputs * hidden);
    for (let h = 0; h < hidden; h++) {
      for (let i = 0; i < inputs; i++)
        data[i * hidden + h] = kernel.data[(gate * hidden + h) * inputs + i] as number;
    }
    return { shape: [inputs, hidden], data };
  });
}

/** Gates [I, H] laid under one another as [count·H, I]; the inverse of {@link stackedGates}. */
export function stackGates(gates: readonly Values[]): Values {
  const [inputs = 0, hidden = 0] = gates[0]?.shape ?? [];
  const data = new Float32Array(gates.length * hidden * inputs);
  gates.forEach((gate, index) => {
    for (let h = 0; h < hidden; h++) {
      for (let i = 0; i < inputs; i++)
        data[(index * hidden + h) * inputs + i] = gate.data[i * hidden + h] as number;
    }
  });
  return { shape: [gates.length * hidden, inputs], data };
}

/** Gates of a kernel that lie side by side, [I, count·H], as matrices [I, H]. */
export function sideGates(kernel: Values, count: number): Values[] {
  const [inputs = 0, columns = 0] = kernel.shape;
  if (kernel.shape.length !== 2 || columns % count !== 0) {
    throw new ShapeError(
      "IMPORT_SHAPE",
      `a kernel of ${count} gates has shape [${kernel.shape.join(", ")}].`,
      {
        hint: `Its last axis must be ${count} times the hidden size.`,
      },
    );
  }
  const hidden = columns / count;
  return Array.from({ length: count }, (_, gate) => {
    const data = new Float32Array(inputs * hidden);
    for (let i = 0; i < inputs; i++) {
      data.set(
        kernel.data.subarray(i * columns + gate * hidden, i * columns + (gate + 1) * hidden),
        i * hidden,
      );
    }
    return { shape: [inputs, hidden], data };
  });
}

/** A bias [count·H] cut into rows [1, H]. */
export function biasGates(bias: Values, count: number): Values[] {
  return sideGates({ shape: [1, bias.data.length], data: bias.data }, count);
}

/** Rows [1, H] joined to a bias [count·H]. */
export function joinBias(gates: readonly Values[]): Values {
  const { data } = sideBySide(gates);
  return { shape: [data.length], data };
}

/** -x: turns z, "how much stays", into u, "how much is new": σ(-x) = 1-σ(x). */
export function negated({ shape, data }: Values): Values {
  return { shape, data: data.map((value) => -value) };
}

/** Element by element. */
export function sum(a: Values, b: Values): Values {
  return { shape: a.shape, data: a.data.map((value, i) => value + (b.data[i] as number)) };
}

/** The items at the given places, in that order. */
export function reordered<T>(items: readonly T[], order: readonly number[]): T[] {
  return order.map((index) => items[index] as T);
}
