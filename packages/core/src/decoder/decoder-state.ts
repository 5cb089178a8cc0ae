import { gather, tensor1d, type Tensor2D } from "@tensorflow/tfjs-core";
import type { AttentionHistory } from "../attention/index.js";
import type { CellState } from "../recurrent/index.js";
import { keepEnded } from "../recurrent/scan.js";

/** What a decoder carries from step to step; the first axis of every tensor is the rows. */
export interface DecoderState {
  /** The cells' states, lowest layer first. */
  readonly layers: readonly CellState[];
  /** The last output, [R, O], with input feeding. */
  readonly feed?: Tensor2D;
  /** What the attention has looked at, for scores that ask. */
  readonly history: AttentionHistory;
}

/** Every tensor of a state through `change`. */
export function mapState(state: DecoderState, change: (tensor: Tensor2D) => Tensor2D): DecoderState {
  const { previous, total } = state.history;
  return {
    layers: state.layers.map((layer) =>
      Object.fromEntries(Object.entries(layer).map(([name, tensor]) => [name, change(tensor)])),
    ),
    ...(state.feed === undefined ? {} : { feed: change(state.feed) }),
    history: {
      ...(previous === undefined ? {} : { previous: change(previous) }),
      ...(total === undefined ? {} : { total: change(total) }),
    },
  };
}

/** The state of some rows, in the order given; a row may be named more than once. */
export function selectState(state: DecoderState, rows: Int32Array): DecoderState {
  const picked = tensor1d(rows, "int32");
  const selected = mapState(state, (tensor) => gather(tensor, picked));
  picked.dispose();
  return selected;
}

export function disposeState(state: DecoderState): void {
  mapState(state, (tensor) => {
    tensor.dispose();
    return tensor;
  });
}

/** The next state for rows that are alive [R, 1], the old one for rows that have ended. */
export function keepEndedState(next: DecoderState, old: DecoderState, alive: Tensor2D): DecoderState {
  const { feed } = next;
  return {
    layers: next.layers.map((layer, index) => keepEnded(layer, old.layers[index] as CellState, alive)),
    ...(feed === undefined
      ? {}
      : { feed: keepEnded({ feed }, { feed: old.feed as Tensor2D }, alive)["feed"] as Tensor2D }),
    history: keepEnded(next.history as CellState, old.history as CellState, alive) as AttentionHistory,
  };
}
