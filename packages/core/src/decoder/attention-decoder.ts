import { ConfigError, ShapeError } from "@timestep/base";
import { glorotUniform, zeros } from "@timestep/engine";
import {
  getBackend,
  reshape,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
  zeros as zeroTensor,
} from "@tensorflow/tfjs-core";
import { Attention, type Memory, noHistory, type PreparedMemory } from "../attention/index.js";
import { Module } from "../module.js";
import { type CellState, createCell, Recurrent } from "../recurrent/index.js";
import { tidied } from "../tidied.js";
import { checkedLengths, checkInput, checkMemory } from "./decoder-checks.js";
import {
  type Attend,
  type AttentionDecoderOptions,
  attendOf,
  checkDecoderOptions,
  type DecodeOptions,
  type DecodeResult,
  type DecoderPath,
  type DecodeStep,
} from "./decoder-options.js";
import type { DecoderState } from "./decoder-state.js";
import { hasKernelForm } from "./kernel.js";
import { decode } from "./sequence.js";

/**
 * A recurrent decoder that looks at a memory while it reads.
 *
 *   after (Luong)                            before (Bahdanau; Show, attend and tell)
 *   x_t = [e_t; o_{t-1}] or e_t              a_t, c_t = look(h_{t-1})
 *   h_t = cell(x_t)                          c_t ← σ(h_{t-1}·G + g)∘c_t, with a gate
 *   a_t, c_t = look(h_t)                     h_t = cell([e_t; c_t])
 *   o_t = tanh(h_t·R + c_t·C + b)            o_t = tanh(h_t·R + c_t·C + e_t·D + b)
 *
 * With `attend: "never"` there is no memory, o_t = tanh(h_t·R + b), and all that the decoder knows of a source is its
 * initial state. With the score "none" the context is the mean of the memory: one constant vector when the memory has
 * one place, read at every step ("before") or joined after the recurrent layer ("after").
 *
 * In a deep decoder the lowest layer reads x_t, and h is what the highest gives ("before" asks with the highest cell's
 * own last output).
 *
 * **Shapes.** `embedded` [B, T, E], memory [B, S, M] -> `outputs` [B, T, O], `alignments` [B, T, S]. Parameters:
 * `layerN.cell.…`, `attention.…`, `hiddenReadout` [H, O], `contextReadout` [M, O], `inputReadout` [E, O] ("before"),
 * `readoutBias` [O], `gateKernel` [H, M], `gateBias` [M].
 *
 * **Lengths.** Steps at or after a row's length give zeros and leave the state as it was, so a padded batch equals its
 * rows run one by one.
 *
 * **Paths.** A kernel of the engine's own for one layer of LSTM or GRU with the scores "additive", "dot" and "general";
 * else, and with `path: "reference"`, operations of TF.js.
 *
 * @throws {ConfigError} DECODER_OPTIONS when options contradict each other; DECODER_PATH when `path: "kernel"` is asked
 *   of a form or an engine that has none.
 * @see Luong et al. 2015, arXiv:1508.04025; Bahdanau et al. 2015, arXiv:1409.0473; the gate: Xu et al. 2015,
 *   arXiv:1502.03044, section 4.2.1.
 *
 * @example
 * ```ts
 * const decoder = new AttentionDecoder({
 *   cell: "lstm", inputSize: 4, hiddenSize: 8, memorySize: 6, score: "additive", inputFeeding: true, random: seeded(7),
 * });
 * const { outputs, alignments } = decoder.run(embedded, { values, lengths: [5, 3] }, { lengths: [7, 4] });
 * ```
 */
export class AttentionDecoder extends Module {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly memorySize: number;
  readonly attend: Attend;
  readonly inputFeeding: boolean;
  readonly residual: boolean;
  readonly dropout: number;
  readonly path: DecoderPath;
  /** Lowest first. */
  readonly layers: readonly Recurrent[];
  readonly attention: Attention | undefined;
  readonly hiddenReadout: Tensor2D;
  readonly contextReadout: Tensor2D | undefined;
  readonly inputReadout: Tensor2D | undefined;
  readonly readoutBias: Tensor1D;
  readonly gateKernel: Tensor2D | undefined;
  readonly gateBias: Tensor1D | undefined;
  private readonly name: string;

  constructor(options: AttentionDecoderOptions) {
    super();
    const { cell, inputSize, hiddenSize, memorySize, random, layers = 1 } = options;
    this.name = options.name ?? "AttentionDecoder";
    checkDecoderOptions(options, this.name);
    this.inputSize = inputSize;
    this.outputSize = options.outputSize ?? hiddenSize;
    this.memorySize = memorySize;
    this.attend = attendOf(options);
    this.inputFeeding = options.inputFeeding ?? false;
    this.residual = options.residual ?? false;
    this.dropout = options.dropout ?? 0;
    this.path = options.path ?? "auto";
    const beside = this.inputFeeding ? this.outputSize : this.attend === "before" ? memorySize : 0;
    const stack: Recurrent[] = [];
    for (let layer = 0; layer < layers; layer++) {
      const size = stack.at(-1)?.outputSize ?? inputSize + beside;
      const made = new Recurrent(createCell(cell, { inputSize: size, hiddenSize, random }));
      stack.push(this.child(`layer${layer}`, made));
    }
    this.layers = stack;
    const querySize = (stack.at(-1) as Recurrent).outputSize; // H
    const kernel = (name: string, from: number, to: number): Tensor2D =>
      this.parameter(name, glorotUniform([from, to], random)) as Tensor2D;
    this.hiddenReadout = kernel("hiddenReadout", querySize, this.outputSize);
    this.readoutBias = this.parameter("readoutBias", zeros([this.outputSize])) as Tensor1D;
    if (this.attend !== "never") {
      this.contextReadout = kernel("contextReadout", memorySize, this.outputSize);
      if (this.attend === "before") this.inputReadout = kernel("inputReadout", inputSize, this.outputSize);
      if (options.gate === true) {
        this.gateKernel = kernel("gateKernel", querySize, memorySize);
        this.gateBias = this.parameter("gateBias", zeros([memorySize])) as Tensor1D;
      }
      this.attention = this.child("attention", new Attention({ ...options, querySize }));
    }
    if (this.path === "kernel" && !hasKernelForm(this)) throw this.withoutKernel("any engine");
  }

  /**
   * Whole sequences, each step reading the input that it is given. `memory` is what the rows look at, or undefined with
   * `attend: "never"`.
   *
   * @throws {ShapeError} DECODER_INPUT when `embedded` is not [B, T, E]; DECODER_LENGTHS when a length is negative,
   *   fractional or above T; DECODER_MEMORY when there is not a memory for each of the B rows, or it is there or missing
   *   against the options; MEMORY_ROW when a row names a memory that is not there; DECODER_STATE when a given state does
   *   not fit; MEMORY_SHAPE, MEMORY_LENGTHS.
   */
  run(embedded: Tensor3D, memory: Memory | undefined, options: DecodeOptions = {}): DecodeResult {
    checkInput(this.name, embedded.shape, ["B", "T"], this.inputSize);
    const [batch, time] = embedded.shape;
    const lengths = checkedLengths(this.name, options.lengths, batch, time);
    const { memoryOf, initialState, random } = options;
    checkMemory(this.name, this.attention !== undefined, batch, memory, memoryOf);
    return tidied(() => {
      const prepared = memory && this.prepare(memory);
      const state = this.startState(batch, prepared?.values.shape[1] ?? 0, initialState);
      const result = decode(this, { embedded, memory: prepared, memoryOf, lengths, state, random });
      return result ?? this.refuse();
    });
  }

  /**
   * What every step over this memory shares; `step` takes it, and the caller frees it with `disposePrepared`.
   *
   * @throws {ShapeError} DECODER_MEMORY with `attend: "never"`; MEMORY_SHAPE, MEMORY_LENGTHS.
   */
  prepare(memory: Memory): PreparedMemory {
    const { attention } = this;
    checkMemory(this.name, attention !== undefined, memory.values.shape[0], memory);
    return (attention as Attention).prepare(memory);
  }

  /**
   * One step of R rows, row r looking at row `memoryOf[r]` of the memory (by default its own). Nothing of the old state
   * is freed or reused.
   *
   * @throws {ShapeError} as {@link run}.
   */
  step(
    embedded: Tensor2D,
    state: DecoderState,
    memory: PreparedMemory | undefined,
    options: { readonly memoryOf?: Int32Array } = {},
  ): DecodeStep {
    checkInput(this.name, embedded.shape, ["R"], this.inputSize);
    const [rows] = embedded.shape;
    const { memoryOf } = options;
    checkMemory(this.name, this.attention !== undefined, rows, memory, memoryOf);
    return tidied(() => {
      const request = {
        embedded: reshape(embedded, [rows, 1, this.inputSize]) as Tensor3D,
        ...{ memory, memoryOf, lengths: Array<number>(rows).fill(1), random: undefined },
        state: this.startState(rows, memory?.values.shape[1] ?? 0, state),
      };
      const { outputs, alignments, state: next } = decode(this, request) ?? this.refuse();
      return {
        output: reshape(outputs, [rows, this.outputSize]) as Tensor2D,
        alignment: alignments && (reshape(alignments, [rows, alignments.shape[2]]) as Tensor2D),
        state: next,
      };
    });
  }

  /**
   * The state before the first step of `rows` rows over a memory of `places`: what is given, and zeros for the rest.
   *
   * @throws {ShapeError} DECODER_STATE when a given part does not fit.
   */
  startState(rows: number, places: number, given: Partial<DecoderState> = {}): DecoderState {
    const { layers = [] } = given;
    if (layers.length > this.layers.length) {
      throw new ShapeError(
        "DECODER_STATE",
        `${this.name} has ${this.layers.length} layers, got the states of ${layers.length}.`,
        { hint: "Give one state for each layer, lowest first." },
      );
    }
    const states = this.layers.map((layer, index): CellState => layers[index] ?? layer.zeroState(rows));
    this.layers.forEach(({ cell }, index) => {
      for (const [name, size] of Object.entries(cell.stateSizes))
        this.checkPart(`"${name}" of layer ${index}`, states[index]?.[name], rows, size);
    });
    const recall = this.attention?.recall ?? { previous: false, total: false };
    const history = { ...noHistory(recall, rows, places), ...given.history };
    for (const [name, value] of Object.entries(history)) this.checkPart(`"${name}"`, value, rows, places);
    if (!this.inputFeeding) return { layers: states, history };
    const feed = given.feed ?? (zeroTensor([rows, this.outputSize]) as Tensor2D);
    this.checkPart('"feed"', feed, rows, this.outputSize);
    return { layers: states, feed, history };
  }

  private checkPart(what: string, part: Tensor2D | undefined, rows: number, size: number): void {
    if (part?.shape.join() === `${rows},${size}`) return;
    throw new ShapeError(
      "DECODER_STATE",
      `${this.name} expects state ${what} of [${rows}, ${size}], got ${part === undefined ? "nothing" : `[${part.shape.join(", ")}]`}.`,
      { hint: "Pass the state that an earlier run with as many rows over the same memory returned." },
    );
  }

  private withoutKernel(where: string): ConfigError {
    return new ConfigError("DECODER_PATH", `${this.name} has no kernel on ${where}.`, {
      hint: 'Use path: "auto".',
    });
  }

  private refuse(): never {
    throw this.withoutKernel(`engine "${getBackend()}"`);
  }
}
