import { ShapeError } from "@timestep/base";
import { add, type Tensor3D } from "@tensorflow/tfjs-core";
import { dropout, type DropoutKind } from "../layers/dropout.js";
import { Module } from "../module.js";
import type { SequenceResult } from "./cell.js";
import type { RunOptions, SequenceLayer } from "./recurrent.js";
import { tidyResult } from "./tidy-result.js";

export interface StackOptions {
  /** Rate between layers (not before the first, not after the last). Default 0. */
  readonly dropout?: number;
  /** Default "variational": one mask for all steps of a row. */
  readonly dropoutKind?: DropoutKind;
  /** Adds a layer's input to its output where the sizes agree. Default false. */
  readonly residual?: boolean;
}

/**
 * Layers on top of each other: each reads the output of the one below.
 *
 * **Shapes.** [B, T, I of the first] -> [B, T, outputSize of the last]; the state is the list of the layers' states.
 *
 * @throws {ShapeError} RNN_STACK when a layer does not read what the one below gives.
 */
export class Stack<State> extends Module implements SequenceLayer<readonly State[]> {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly stateSizes: readonly Readonly<Record<string, number>>[];
  private readonly layers: readonly SequenceLayer<State>[];
  private readonly options: Required<StackOptions>;

  constructor(layers: readonly SequenceLayer<State>[], options: StackOptions = {}) {
    super();
    layers.forEach((layer, index) => {
      const below = layers[index - 1];
      if (below !== undefined && below.outputSize !== layer.inputSize) {
        throw new ShapeError(
          "RNN_STACK",
          `layer ${index} reads size ${layer.inputSize}, the layer below gives ${below.outputSize}.`,
          { hint: `Make layer ${index} with inputSize: ${below.outputSize}.` },
        );
      }
      this.child(`layer${index}`, layer);
    });
    const first = layers[0];
    const last = layers.at(-1);
    if (first === undefined || last === undefined) {
      throw new ShapeError("RNN_STACK", "a stack needs at least one layer, got none.", {
        hint: "Pass the layers, lowest first.",
      });
    }
    this.layers = layers;
    this.inputSize = first.inputSize;
    this.outputSize = last.outputSize;
    this.stateSizes = layers.flatMap((layer) => layer.stateSizes);
    this.options = { dropout: 0, dropoutKind: "variational", residual: false, ...options };
  }

  run(input: Tensor3D, options: RunOptions<readonly State[]> = {}): SequenceResult<readonly State[]> {
    return tidyResult(() => this.upwards(input, options));
  }

  private upwards(
    input: Tensor3D,
    { lengths, initialState, random }: RunOptions<readonly State[]>,
  ): SequenceResult<readonly State[]> {
    const states: State[] = [];
    let x = input;
    this.layers.forEach((layer, index) => {
      const read =
        index === 0 ? x : dropout(x, { rate: this.options.dropout, kind: this.options.dropoutKind, random });
      const result = layer.run(read, { lengths, initialState: initialState?.[index], random });
      states.push(result.state);
      x =
        this.options.residual && layer.inputSize === layer.outputSize ? add(result.output, x) : result.output;
    });
    return { output: x, state: states };
  }
}
