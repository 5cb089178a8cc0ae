import { ShapeError } from "@timestep/base";
import { sideBySide, type Values } from "@timestep/engine";
import {
  biasGates,
  joinBias,
  type NamedValues,
  negated,
  reordered,
  required,
  sideGates,
  sum,
} from "./gates.js";

/** Keras' recurrent layers. */
export type KerasKind = "SimpleRNN" | "LSTM" | "GRU";

/**
 * Parameters of one of our cells from a layer of Keras: `kernel` [I, G·H], `recurrent_kernel` [H, G·H], `bias`
 * [G·H], gates i,f,c,o or z,r,h.
 *
 * A GRU with `reset_after` has `bias` [2, 3H] and fits GruCell with `reset: "after"`; one without fits "before".
 *
 * @throws {ShapeError} IMPORT_MISSING or IMPORT_SHAPE.
 */
export function fromKeras(kind: KerasKind, weights: NamedValues): Map<string, Values> {
  const count = { SimpleRNN: 1, LSTM: 4, GRU: 3 }[kind];
  const order = { SimpleRNN: [0], LSTM: [0, 1, 3, 2], GRU: [0, 1, 2] }[kind];
  const ours = (gates: readonly Values[]): Values[] =>
    reordered(gates, order).map((gate, index) => (kind === "GRU" && index === 0 ? negated(gate) : gate));
  const kernel = (name: string): Values => sideBySide(ours(sideGates(required(weights, name), count)));
  const common: [string, Values][] = [
    ["inputKernel", kernel("kernel")],
    ["recurrentKernel", kernel("recurrent_kernel")],
  ];
  const bias = required(weights, "bias");
  if (bias.shape.length === 1) return new Map([...common, ["bias", joinBias(ours(biasGates(bias, count)))]]);
  if (kind !== "GRU" || bias.shape[0] !== 2) {
    throw new ShapeError("IMPORT_SHAPE", `a Keras ${kind} has a bias [${bias.shape.join(", ")}].`, {
      hint: "A bias is [G·H], or [2, 3H] for a GRU with reset_after.",
    });
  }
  const both = ours(
    biasGates({ shape: [bias.data.length / 2], data: bias.data.slice(0, bias.data.length / 2) }, 3),
  );
  const second = ours(
    biasGates({ shape: [bias.data.length / 2], data: bias.data.slice(bias.data.length / 2) }, 3),
  );
  const [u, r, n] = both as [Values, Values, Values];
  const [recurrentU, recurrentR, candidate] = second as [Values, Values, Values];
  return new Map([
    ...common,
    ["bias", joinBias([sum(u, recurrentU), sum(r, recurrentR), n])],
    ["candidateBias", joinBias([candidate])],
  ]);
}
