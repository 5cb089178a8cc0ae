import { ConfigError, type Random, ShapeError } from "@timestep/base";
import { getBackend, type Tensor2D, type Tensor3D, zeros } from "@tensorflow/tfjs-core";
import { Module } from "../module.js";
import type { Cell, CellState, SequenceRequest, SequenceResult } from "./cell.js";
import { type Direction, runSequenceKernel } from "./kernel.js";
import { scan } from "./scan.js";
import { tidyResult } from "./tidy-result.js";

/** Options of one run of a sequence layer. */
export interface RunOptions<State> {
  /** Whole steps of each row, 0..T. Default: all T. */
  readonly lengths?: ArrayLike<number> | undefined;
  /** Default: zeros. */
  readonly initialState?: State | undefined;
  /** Turns dropout on and drives it; leave out at inference. */
  readonly random?: Random | undefined;
}

/** Anything that turns sequences [B, T, I] into sequences [B, T, outputSize]: one layer, both directions, a stack. */
export interface SequenceLayer<State> extends Module {
  readonly inputSize: number;
  readonly outputSize: number;
  /** Names and sizes of the states of each layer, lowest first; both directions side by side where there are two. */
  readonly stateSizes: readonly Readonly<Record<string, number>>[];
  run(input: Tensor3D, options?: RunOptions<State>): SequenceResult<State>;
}

/**
 * How a layer runs: by the engine's `kernel` for the cell, `fused` over time, or the `reference` scan. `auto` takes
 * the first of these that the cell and the running engine have.
 */
export type RunPath = "auto" | "reference" | "fused" | "kernel";

export interface RecurrentOptions {
  /** Runs each row from its last step to its first. */
  readonly reverse?: boolean;
  readonly path?: RunPath;
  /** Used in errors. */
  readonly name?: string;
}

/**
 * A cell over a batch of sequences.
 *
 * **Shapes.** `input` [B, T, I] -> `output` [B, T, outputSize], `state` as the cell's.
 *
 * **Lengths.** Steps at or after a row's length give zeros in `output` and leave `state` as it was. A padded batch
 * therefore equals its rows run one by one.
 *
 * **State.** Starts at zeros unless `initialState` is given. Nothing is kept between calls: pass the returned state
 * back in to stream. The caller owns the tensors that come back.
 *
 * **Cost.** With the fused path one [B·T, I]×[I, G·H] product, then T products [B, H]×[H, G·H], G gates.
 *
 * @throws {ShapeError} RNN_INPUT_RANK when the input is not rank 3; RNN_INPUT_SIZE when its last axis is not I;
 *   RNN_LENGTHS when a length is negative, fractional or above T; RNN_STATE when a given state does not fit.
 * @throws {ConfigError} RNN_PATH when a path is asked for that the cell, or for `kernel` the running engine, has not.
 *
 * @example
 * ```ts
 * const lstm = new Recurrent(new LstmCell({ inputSize: 3, hiddenSize: 5, random: seeded(7) }));
 * const { output, state } = lstm.run(x, { lengths: [4, 2] }); // output.shape -> [2, 4, 5]
 * ```
 */
export class Recurrent<C extends Cell = Cell> extends Module implements SequenceLayer<CellState> {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly stateSizes: readonly Readonly<Record<string, number>>[];
  readonly cell: C;
  private readonly reverse: boolean;
  private readonly path: RunPath;
  private readonly name: string;

  constructor(cell: C, options: RecurrentOptions = {}) {
    super();
    this.cell = this.child("cell", cell);
    this.inputSize = cell.inputSize;
    this.outputSize = cell.outputSize;
    this.stateSizes = [cell.stateSizes];
    this.reverse = options.reverse ?? false;
    this.path = options.path ?? "auto";
    this.name = options.name ?? cell.constructor.name;
    if (this.path === "fused" && cell.fused === undefined) throw this.without("time-fused form");
    if (this.path === "kernel" && cell.kernel === undefined) throw this.without("kernel on any engine");
  }

  run(input: Tensor3D, options: RunOptions<CellState> = {}): SequenceResult {
    const lengths = this.check(input, options);
    return tidyResult(() => {
      const initialState = options.initialState ?? this.zeroState(input.shape[0]);
      const request = { input, lengths, initialState, reverse: this.reverse };
      if (input.shape[1] === 0)
        return { output: zeros([input.shape[0], 0, this.outputSize]), state: initialState };
      return this.along(request);
    });
  }

  /**
   * This layer's part of a kernel call that another layer shares, or undefined when it must run some other way.
   *
   * @throws as {@link run} does.
   */
  direction(
    input: Tensor3D,
    options: RunOptions<CellState>,
  ): (Direction & { lengths: number[] }) | undefined {
    const cell = this.path === "auto" ? this.cell.kernel?.() : undefined;
    if (cell === undefined) return undefined;
    const lengths = this.check(input, options);
    const initialState = options.initialState ?? this.zeroState(input.shape[0]);
    return { cell, initialState, reverse: this.reverse, lengths };
  }

  /** The state before the first step. */
  zeroState(batch: number): CellState {
    return Object.fromEntries(
      Object.entries(this.cell.stateSizes).map(([name, size]) => [name, zeros([batch, size]) as Tensor2D]),
    );
  }

  private along(request: SequenceRequest): SequenceResult {
    if (this.path === "kernel" || this.path === "auto") {
      const result = this.byKernel(request);
      if (result !== undefined) return result;
      if (this.path === "kernel" && request.input.size > 0)
        throw this.without(`kernel on engine "${getBackend()}"`);
    }
    if (this.path !== "reference" && this.cell.fused !== undefined) return this.cell.fused(request);
    return scan(this.cell, request);
  }

  private byKernel(request: SequenceRequest): SequenceResult | undefined {
    const cell = this.cell.kernel?.();
    if (cell === undefined) return undefined;
    const { initialState, reverse } = request;
    const result = runSequenceKernel([{ cell, initialState, reverse }], request);
    return result && { output: result.output, state: result.states[0] as CellState };
  }

  private without(what: string): ConfigError {
    return new ConfigError("RNN_PATH", `${this.name} has no ${what}.`, { hint: 'Use path: "auto".' });
  }

  private check(input: Tensor3D, { lengths, initialState }: RunOptions<CellState>): number[] {
    const shape: readonly number[] = input.shape;
    if (shape.length !== 3) {
      throw new ShapeError(
        "RNN_INPUT_RANK",
        `${this.name} expects [B, T, ${this.inputSize}], got [${shape.join(", ")}].`,
        {
          hint: "Give sequences as one tensor with axes batch, time, features.",
        },
      );
    }
    const [batch, time, size] = input.shape;
    if (size !== this.inputSize) {
      throw new ShapeError(
        "RNN_INPUT_SIZE",
        `${this.name} expects inputs of size ${this.inputSize}, got [${shape.join(", ")}].`,
        { hint: `Set inputSize: ${size}, or project the inputs to ${this.inputSize}.` },
      );
    }
    const whole = lengths === undefined ? Array<number>(batch).fill(time) : Array.from(lengths);
    const wrong = whole.findIndex((length) => !Number.isInteger(length) || length < 0 || length > time);
    if (whole.length !== batch || wrong >= 0) {
      const came =
        whole.length !== batch ? `${whole.length} lengths` : `length ${whole[wrong] ?? ""} for row ${wrong}`;
      throw new ShapeError(
        "RNN_LENGTHS",
        `${this.name} expects ${batch} whole lengths from 0 to ${time}, got ${came}.`,
        {
          hint: "Lengths count steps, not fractions; one for each row.",
        },
      );
    }
    if (initialState !== undefined) this.checkState(initialState, batch);
    return whole;
  }

  private checkState(state: CellState, batch: number): void {
    for (const [name, size] of Object.entries(this.cell.stateSizes)) {
      const shape = state[name]?.shape;
      if (shape?.length !== 2 || shape[0] !== batch || shape[1] !== size) {
        throw new ShapeError(
          "RNN_STATE",
          `${this.name} expects state "${name}" of [${batch}, ${size}], got ${shape === undefined ? "nothing" : `[${shape.join(", ")}]`}.`,
          { hint: "Pass the state that an earlier run with the same batch returned." },
        );
      }
    }
  }
}
