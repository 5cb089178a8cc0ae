import { ShapeError } from "@timestep/base";
import { add, concat, mul, type Tensor3D } from "@tensorflow/tfjs-core";
import { Module } from "../module.js";
import type { CellState, SequenceResult } from "./cell.js";
import { runSequenceKernel, runTogether } from "./kernel.js";
import { Recurrent, type RunOptions, type SequenceLayer } from "./recurrent.js";
import { tidyResult } from "./tidy-result.js";

/** How the two directions become one output. */
export type Merge = "concat" | "sum" | "average" | "product";

/** The states of both directions. */
export interface BothStates<State> {
  readonly forward: State;
  readonly backward: State;
}

/**
 * Two layers over the same input, one of them reversed, merged step by step.
 *
 * **Shapes.** [B, T, I] -> [B, T, 2H] with `concat` (default), else [B, T, H].
 *
 * The backward layer must have been made with `reverse: true`; it runs over each row's true length.
 *
 * @throws {ShapeError} RNN_DIRECTIONS when the two differ in input size, or in output size without `concat`.
 * @see Schuster & Paliwal 1997, doi:10.1109/78.650093.
 */
export class Bidirectional<State> extends Module implements SequenceLayer<BothStates<State>> {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly stateSizes: readonly Readonly<Record<string, number>>[];
  private readonly forward: SequenceLayer<State>;
  private readonly backward: SequenceLayer<State>;
  private readonly merge: Merge;

  constructor(forward: SequenceLayer<State>, backward: SequenceLayer<State>, merge: Merge = "concat") {
    super();
    const fits = merge === "concat" || forward.outputSize === backward.outputSize;
    if (forward.inputSize !== backward.inputSize || !fits) {
      throw new ShapeError(
        "RNN_DIRECTIONS",
        `directions of sizes ${forward.inputSize}->${forward.outputSize} and ${backward.inputSize}->${backward.outputSize} cannot merge by ${merge}.`,
        { hint: "Make both directions with the same sizes." },
      );
    }
    this.forward = this.child("forward", forward);
    this.backward = this.child("backward", backward);
    this.merge = merge;
    this.inputSize = forward.inputSize;
    this.stateSizes = forward.stateSizes.map((sizes, layer) =>
      Object.fromEntries(
        Object.entries(sizes).map(([name, size]) => [name, size + (backward.stateSizes[layer]?.[name] ?? 0)]),
      ),
    );
    this.outputSize = merge === "concat" ? forward.outputSize + backward.outputSize : forward.outputSize;
  }

  run(input: Tensor3D, options: RunOptions<BothStates<State>> = {}): SequenceResult<BothStates<State>> {
    return tidyResult(() => this.both(input, options));
  }

  private both(
    input: Tensor3D,
    { initialState, ...rest }: RunOptions<BothStates<State>>,
  ): SequenceResult<BothStates<State>> {
    const together = this.together(input, { initialState, ...rest });
    if (together !== undefined) return together;
    const ahead = this.forward.run(input, { ...rest, initialState: initialState?.forward });
    const back = this.backward.run(input, { ...rest, initialState: initialState?.backward });
    const state = { forward: ahead.state, backward: back.state };
    return { output: this.merged(ahead.output, back.output), state };
  }

  /**
   * Both directions in one call of the engine's kernel, which runs them side by side and writes their outputs next to
   * each other. Undefined where the layers or the engine are not made for it.
   */
  private together(
    input: Tensor3D,
    { initialState, ...rest }: RunOptions<BothStates<State>>,
  ): SequenceResult<BothStates<State>> | undefined {
    const { forward, backward } = this;
    if (this.merge !== "concat" || !(forward instanceof Recurrent) || !(backward instanceof Recurrent))
      return undefined;
    const states = initialState as BothStates<CellState> | undefined;
    const ahead = forward.direction(input, { ...rest, initialState: states?.forward });
    const back = backward.direction(input, { ...rest, initialState: states?.backward });
    if (ahead === undefined || back === undefined || !runTogether(ahead.cell, back.cell)) return undefined;
    const result = runSequenceKernel([ahead, back], { input, lengths: ahead.lengths });
    if (result === undefined) return undefined;
    const [first, second] = result.states as [State, State];
    return { output: result.output, state: { forward: first, backward: second } };
  }

  private merged(ahead: Tensor3D, back: Tensor3D): Tensor3D {
    switch (this.merge) {
      case "concat":
        return concat([ahead, back], 2);
      case "sum":
        return add(ahead, back);
      case "average":
        return mul(0.5, add(ahead, back));
      case "product":
        return mul(ahead, back);
    }
  }
}
