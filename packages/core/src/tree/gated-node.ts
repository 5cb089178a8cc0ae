import type { Values } from "@timestep/engine";
import {
  add,
  addN,
  concat,
  mul,
  sigmoid,
  slice,
  split,
  square,
  sub,
  tanh,
  type Tensor,
  type Tensor2D,
} from "@tensorflow/tfjs-core";
import type { TreeState } from "./tree-cell.js";

/** Columns `from` … `from + count` of a matrix. */
export function columns(x: Tensor2D, from: number, count: number): Tensor2D {
  return slice(x, [0, from], [-1, count]);
}

/** σ' from σ. */
export function slopeOf(gate: Tensor2D): Tensor2D {
  return mul(gate, sub(1, gate));
}

/** The open gates of a tree LSTM's node, each [nodes, H]. */
export interface Gates {
  readonly u: Tensor2D;
  readonly i: Tensor2D;
  readonly o: Tensor2D;
}

/** Gates from their sums [nodes, at least 3H] in the order u, i, o. */
export function openGates(sums: Tensor2D, size: number): Gates {
  const io: Tensor2D = sigmoid(columns(sums, size, 2 * size));
  const u: Tensor2D = tanh(columns(sums, 0, size));
  return { u, i: columns(io, 0, size), o: columns(io, size, size) };
}

/** A node of a tree LSTM: its state h and c side by side, and what its gradient reads. */
export interface GatedNode {
  /** [nodes, 2H] */
  readonly state: Tensor2D;
  readonly kept: readonly [u: Tensor2D, i: Tensor2D, o: Tensor2D, squashed: Tensor2D];
}

/** c = i∘u + carried, h = o∘tanh(c); a leaf has nothing carried. */
export function closeNode({ u, i, o }: Gates, carried?: Tensor2D): GatedNode {
  const written: Tensor2D = mul(i, u);
  const c: Tensor2D = carried === undefined ? written : add(written, carried);
  const squashed: Tensor2D = tanh(c);
  return { state: concat([mul(o, squashed) as Tensor2D, c], 1), kept: [u, i, o, squashed] };
}

/** The gradient of the gates' sums, [nodes, 3H] in the order u, i, o, and of c, [nodes, H], from that of the state. */
export function nodeGradient(
  dState: Tensor2D,
  [u, i, o, squashed]: GatedNode["kept"],
): { sums: Tensor2D; c: Tensor2D } {
  const size = u.shape[1];
  const dh = columns(dState, 0, size);
  const dc = add(columns(dState, size, size), mul(mul(dh, o), sub(1, square(squashed)))) as Tensor2D;
  const dU = mul(mul(dc, i), sub(1, square(u)));
  const dI = mul(mul(dc, u), slopeOf(i));
  const dO = mul(mul(dh, squashed), slopeOf(o));
  return { sums: concat([dU, dI, dO] as Tensor2D[], 1), c: dc };
}

/** A sum of tensors of one shape. */
export function total<T extends Tensor>(parts: readonly T[]): T {
  return parts.length === 1 ? (parts[0] as T) : addN([...parts]);
}

/** h and c of states that lie side by side; cut by a split, whose gradient lays them together in one copy. */
export function apart(state: Tensor2D): TreeState {
  const [h, c] = split(state, 2, 1) as [Tensor2D, Tensor2D];
  return { h, c };
}

/** Zeros, and `forgetBias` for the forget gate; order u, i, o, f. */
export function startBias(hiddenSize: number, forgetBias: number): Values {
  const data = new Float32Array(4 * hiddenSize).fill(forgetBias, 3 * hiddenSize);
  return { shape: [4 * hiddenSize], data };
}
