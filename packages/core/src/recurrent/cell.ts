import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import { Module } from "../module.js";
import type { CellKernel } from "./kernel.js";

/** What a cell carries from step to step, by name; each [B, size]. */
export type CellState = Readonly<Record<string, Tensor2D>>;

/** The result of one step. */
export interface CellStep {
  /** [B, outputSize] */
  readonly output: Tensor2D;
  readonly state: CellState;
}

/** The part of a cell that reads the input as one product, so that many steps' shares of it can be taken at once. */
export interface LinearInput {
  /** [I, G·H] */
  readonly kernel: Tensor2D;
  /** The step of the cell from `fromInput`, the product of its input and `kernel`, [B, G·H]. */
  readonly step: (fromInput: Tensor2D, state: CellState) => CellStep;
}

/** A whole padded batch of sequences for a cell. */
export interface SequenceRequest {
  /** [B, T, I] */
  readonly input: Tensor3D;
  /** Whole steps of each row, 0..T. */
  readonly lengths: readonly number[];
  readonly initialState: CellState;
  /** Runs from each row's last step to its first. */
  readonly reverse: boolean;
}

/** What comes out of a sequence. */
export interface SequenceResult<State = CellState> {
  /** [B, T, outputSize]; zeros at and after a row's length. */
  readonly output: Tensor3D;
  /** The state after each row's last step (its first, when reversed). */
  readonly state: State;
}

/**
 * One step of a recurrent network: a pure function of input and state, with named parameters.
 *
 * A cell says nothing about time, padding or direction: `scan` runs it over sequences, `Recurrent` picks the fastest
 * way to do so. A cell with a time-fused form overrides `fused`, one that engines have a kernel for `kernel`.
 */
export abstract class Cell extends Module {
  /** I: what a step reads. */
  abstract readonly inputSize: number;
  /** What a step gives. */
  abstract readonly outputSize: number;
  /** Names and sizes of the state. */
  abstract readonly stateSizes: Readonly<Record<string, number>>;

  /** One step: `input` [B, I] and `state` in, output and next state out. */
  abstract step(input: Tensor2D, state: CellState): CellStep;

  /** The output that came with a state, [B, outputSize]. */
  outputOf(state: CellState): Tensor2D {
    return state["h"] as Tensor2D;
  }

  /** The step in two parts, for a cell that meets its input in one product only. */
  linearInput?(): LinearInput;

  /** The whole sequence with a hand-written backward pass, or undefined where the cell has none. */
  fused?(request: SequenceRequest): SequenceResult;

  /** The kernel that takes whole sequences of this cell, on engines that have it. */
  kernel?(): CellKernel;
}
