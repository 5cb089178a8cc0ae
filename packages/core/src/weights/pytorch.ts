import { sideBySide, zeros, type Values } from "@timestep/engine";
import {
  biasGates,
  joinBias,
  type NamedValues,
  negated,
  reordered,
  required,
  sideGates,
  stackedGates,
  stackGates,
  sum,
} from "./gates.js";

/** PyTorch's recurrent layers. */
export type PyTorchKind = "RNN" | "LSTM" | "GRU";

/**
 * Parameters of one of our cells from a layer of PyTorch: `torch.nn.RNN`, `LSTM` or `GRU`.
 *
 * `suffix` picks layer and direction by PyTorch's names: `l0`, `l1`, `l0_reverse`. Their kernels are [G·H, I] with
 * gates i,f,g,o or r,z,n and two biases; the result fits ElmanCell, LstmCell, or GruCell with `reset: "after"`.
 *
 * @throws {ShapeError} IMPORT_MISSING or IMPORT_SHAPE.
 */
export function fromPyTorch(kind: PyTorchKind, weights: NamedValues, suffix = "l0"): Map<string, Values> {
  const count = gateCount(kind);
  const toOurs = ourOrder(kind);
  const kernel = (name: string): Values => {
    const gates = stackedGates(required(weights, `${name}_${suffix}`), count);
    return sideBySide(reordered(turned(kind, gates), toOurs));
  };
  const bias = (name: string): Values[] =>
    reordered(turned(kind, biasGates(required(weights, `${name}_${suffix}`), count)), toOurs);
  const inputBias = bias("bias_ih");
  const recurrentBias = bias("bias_hh");
  const common: [string, Values][] = [
    ["inputKernel", kernel("weight_ih")],
    ["recurrentKernel", kernel("weight_hh")],
  ];
  if (kind !== "GRU") {
    return new Map([
      ...common,
      ["bias", joinBias(inputBias.map((gate, i) => sum(gate, recurrentBias[i] as Values)))],
    ]);
  }
  const [u, r, n] = inputBias as [Values, Values, Values];
  const [recurrentU, recurrentR, candidate] = recurrentBias as [Values, Values, Values];
  return new Map([
    ...common,
    ["bias", joinBias([sum(u, recurrentU), sum(r, recurrentR), n])],
    ["candidateBias", joinBias([candidate])],
  ]);
}

/** The inverse: one of our cells in PyTorch's layout. The second bias is zero but for the candidate of a GRU. */
export function toPyTorch(kind: PyTorchKind, cell: NamedValues, suffix = "l0"): Map<string, Values> {
  const count = gateCount(kind);
  const toTheirs = ourOrder(kind).map((_, theirs) => ourOrder(kind).indexOf(theirs));
  const kernel = (name: string): Values =>
    stackGates(turned(kind, reordered(sideGates(required(cell, name), count), toTheirs)));
  const bias = turned(kind, reordered(biasGates(required(cell, "bias"), count), toTheirs));
  const second = bias.map((gate) => zeros(gate.shape));
  if (kind === "GRU") second[2] = biasGates(required(cell, "candidateBias"), 1)[0] as Values;
  return new Map([
    [`weight_ih_${suffix}`, kernel("inputKernel")],
    [`weight_hh_${suffix}`, kernel("recurrentKernel")],
    [`bias_ih_${suffix}`, joinBias(bias)],
    [`bias_hh_${suffix}`, joinBias(second)],
  ]);
}

function gateCount(kind: PyTorchKind): number {
  return { RNN: 1, LSTM: 4, GRU: 3 }[kind];
}

/** Where each of our gates stands in PyTorch's order: i,f,o,g in i,f,g,o; u,r,n in r,z,n. */
function ourOrder(kind: PyTorchKind): readonly number[] {
  return { RNN: [0], LSTM: [0, 1, 3, 2], GRU: [1, 0, 2] }[kind];
}

/** PyTorch's order in and out, with the sign of a GRU's z turned. */
function turned(kind: PyTorchKind, gates: readonly Values[]): Values[] {
  return gates.map((gate, index) => (kind === "GRU" && index === 1 ? negated(gate) : gate));
}
