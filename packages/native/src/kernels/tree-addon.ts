/** A batch of trees and the weights of a tree LSTM, row-major, as both calls take them first. */
export type TreeLstmArguments = [
  /** [leaves]: the row of the input that each leaf reads. */
  leafRows: Int32Array,
  /** [levels + 1]: the first node of each level above the leaves, and the number of nodes. */
  starts: Int32Array,
  /** [merges, N] */
  children: Int32Array,
  /** [nodes]: the tree of each node, in order within each level. */
  trees: Int32Array,
  /** N */
  arity: number,
  inputRows: number,
  inputSize: number,
  hiddenSize: number,
  /** [rows, I] */
  input: Float32Array,
  /** [I, 3H], gates in order u, i, o. */
  inputKernel: Float32Array,
  /** [N·H, (3+N)·H], gates in order u, i, o, f of each child. */
  recurrentKernel: Float32Array,
  /** [4H] in order u, i, o, f. */
  bias: Float32Array,
];

/** The part of the addon that runs over trees; every call checks its arguments and throws a TypeError. */
export interface TreeAddon {
  /** `h` and `c` [nodes, H]; `saved` [3·leaves·H + (3+N)·merges·H] or undefined when no backward pass will come. */
  treeLstmForward(
    ...call: [...TreeLstmArguments, h: Float32Array, c: Float32Array, saved: Float32Array | undefined]
  ): void;
  treeLstmBackward(
    ...call: [
      ...TreeLstmArguments,
      h: Float32Array,
      c: Float32Array,
      saved: Float32Array,
      dH: Float32Array,
      dC: Float32Array,
      dInput: Float32Array,
      dInputKernel: Float32Array,
      dRecurrentKernel: Float32Array,
      dBias: Float32Array,
    ]
  ): void;
}
