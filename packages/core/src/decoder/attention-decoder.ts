import { ConfigError, type Random, ShapeError } from "@timestep/base";
import { glorotUniform, zeros } from "@timestep/engine";
import {
  reshape,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
  zeros as zeroTensor,
} from "@tensorflow/tfjs-core";
import {
  Attention,
  type AttentionScore,
  type LocationOptions,
  type Memory,
  memoryRows,
  noHistory,
  type PreparedMemory,
} from "../attention/index.js";
import { Module } from "../module.js";
import { tidied } from "../tidied.js";
import { type CellKind, type CellState, createCell, Recurrent } from "../recurrent/index.js";
import type { DecoderState } from "./decoder-state.js";
import { decodeByReference } from "./reference.js";

/** When a step looks at the memory: before its cell moves, after it, or never. */
export type Attend = "before" | "after" | "never";

export interface AttentionDecoderOptions {
  readonly cell: CellKind;
  /** E: what a step reads. */
  readonly inputSize: number;
  readonly hiddenSize: number;
  /** O: what a step gives. Default hiddenSize. */
  readonly outputSize?: number;
  /** M: length of a value of the memory; 0 where there is none. */
  readonly memorySize: number;
  readonly score: AttentionScore;
  /** A: size of the layer that compares, for "additive" and "location". Default what the cell gives. */
  readonly attentionSize?: number;
  /** Default "after"; "never" for the score "none" without a memory. */
  readonly attend?: Attend;
  /** Whether a step reads the last output beside its own input. "after" and "never" only. Default false. */
  readonly inputFeeding?: boolean;
  /** Whether the state opens a gate over the context. "before" only. Default false. */
  readonly gate?: boolean;
  /** What the score "location" reads. */
  readonly location?: LocationOptions;
  /** Lets "additive" and "location" see how much each place has had so far. Default false. */
  readonly coverage?: boolean;
  /** Cells on top of each other. Default 1. */
  readonly layers?: number;
  /** Adds a layer's input to its output, from the second layer up. Default false. */
  readonly residual?: boolean;
  /** Variational dropout between layers. Default 0. */
  readonly dropout?: number;
  readonly random: Random;
  /** Used in errors. */
  readonly name?: string;
}

/** Options of one run over whole sequences. */
export interface DecodeOptions {
  /** Whole steps of each row, 0..T. Default: all T. */
  readonly lengths?: ArrayLike<number> | undefined;
  /** Parts that are not given start at zeros. */
  readonly initialState?: Partial<DecoderState> | undefined;
  /** Turns dropout on and drives it; leave out at inference. */
  readonly random?: Random | undefined;
}

/** What comes out of whole sequences. */
export interface DecodeResult {
  /** [B, T, O]; zeros at and after a row's length. */
  readonly outputs: Tensor3D;
  /** What each step looked at, [B, T, S]; zeros at and after a row's length; undefined where nothing is looked at. */
  readonly alignments: Tensor3D | undefined;
  /** The state after each row's last step. */
  readonly state: DecoderState;
}

/** What comes out of one step of R rows. */
export interface DecodeStep {
  /** [R, O] */
  readonly output: Tensor2D;
  /** [R, S] */
  readonly alignment: Tensor2D | undefined;
  readonly state: DecoderState;
}

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
 * @throws {ConfigError} DECODER_OPTIONS when options contradict each other.
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
    const { cell, inputSize, hiddenSize, memorySize, score, random, layers = 1 } = options;
    this.inputSize = inputSize;
    this.outputSize = options.outputSize ?? hiddenSize;
    this.memorySize = memorySize;
    this.attend = options.attend ?? (score === "none" && memorySize === 0 ? "never" : "after");
    this.inputFeeding = options.inputFeeding ?? false;
    this.residual = options.residual ?? false;
    this.dropout = options.dropout ?? 0;
    this.name = options.name ?? "AttentionDecoder";
    this.checkOptions(options);
    const fed = this.inputFeeding ? this.outputSize : this.attend === "before" ? memorySize : 0;
    const stack: Recurrent[] = [];
    for (let layer = 0; layer < layers; layer++) {
      const size = stack.at(-1)?.outputSize ?? inputSize + fed;
      const made = new Recurrent(createCell(cell, { inputSize: size, hiddenSize, random }));
      stack.push(this.child(`layer${layer}`, made));
    }
    this.layers = stack;
    const querySize = (stack.at(-1) as Recurrent).outputSize; // H
    const readout = (size: number, name: string): Tensor2D =>
      this.parameter(name, glorotUniform([size, this.outputSize], random)) as Tensor2D;
    this.hiddenReadout = readout(querySize, "hiddenReadout");
    this.readoutBias = this.parameter("readoutBias", zeros([this.outputSize])) as Tensor1D;
    if (this.attend === "never") return;
    this.contextReadout = readout(memorySize, "contextReadout");
    if (this.attend === "before") this.inputReadout = readout(inputSize, "inputReadout");
    if (options.gate === true) {
      this.gateKernel = this.parameter(
        "gateKernel",
        glorotUniform([querySize, memorySize], random),
      ) as Tensor2D;
      this.gateBias = this.parameter("gateBias", zeros([memorySize])) as Tensor1D;
    }
    this.attention = this.child("attention", new Attention({ ...options, querySize }));
  }

  /**
   * Whole sequences, each step reading the input that it is given. `memory` is what the rows look at, or undefined with
   * `attend: "never"`.
   *
   * @throws {ShapeError} DECODER_INPUT when `embedded` is not [B, T, E]; DECODER_LENGTHS when a length is negative,
   *   fractional or above T; DECODER_MEMORY when the memory has not B rows, or is there or missing against the options;
   *   DECODER_STATE when a given state does not fit; MEMORY_SHAPE, MEMORY_LENGTHS.
   */
  run(embedded: Tensor3D, memory: Memory | undefined, options: DecodeOptions = {}): DecodeResult {
    const shape: readonly number[] = embedded.shape;
    if (shape.length !== 3 || shape[2] !== this.inputSize) throw this.wrongInput("B, T", shape);
    const [batch, time] = embedded.shape;
    const lengths = this.lengthsOf(options.lengths, batch, time);
    this.checkMemory(memory, batch);
    return tidied(() => {
      const prepared = memory && this.prepare(memory);
      const state = this.startState(batch, prepared?.values.shape[1] ?? 0, options.initialState);
      return decodeByReference(this, { embedded, memory: prepared, lengths, state, random: options.random });
    });
  }

  /** What every step over this memory shares; `step` takes it, and the caller frees it with `disposePrepared`. */
  prepare(memory: Memory): PreparedMemory {
    if (this.attention === undefined) throw this.wrongMemory("no memory, for it never looks at one, got one");
    const { attention } = this;
    return tidied(() => ({ ...attention.prepare(memory) }));
  }

  /**
   * One step of R rows, row r looking at row `memoryOf[r]` of the memory (by default its own). Nothing of the old state
   * is freed or reused.
   *
   * @throws {ShapeError} as {@link run}; MEMORY_ROW when a row names a memory that is not there.
   */
  step(
    embedded: Tensor2D,
    state: DecoderState,
    memory: PreparedMemory | undefined,
    options: { readonly memoryOf?: Int32Array } = {},
  ): DecodeStep {
    const shape: readonly number[] = embedded.shape;
    if (shape.length !== 2 || shape[1] !== this.inputSize) throw this.wrongInput("R", shape);
    const [rows] = embedded.shape;
    this.checkMemory(memory, options.memoryOf?.length ?? rows, rows, options.memoryOf !== undefined);
    return tidied(() => {
      const seen =
        memory === undefined || options.memoryOf === undefined
          ? memory
          : memoryRows(memory, options.memoryOf);
      const {
        outputs,
        alignments,
        state: next,
      } = decodeByReference(this, {
        embedded: reshape(embedded, [rows, 1, this.inputSize]),
        memory: seen,
        lengths: Array<number>(rows).fill(1),
        state: this.startState(rows, seen?.values.shape[1] ?? 0, state),
        random: undefined,
      });
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
    const history = {
      ...noHistory(this.attention?.recall ?? { previous: false, total: false }, rows, places),
      ...given.history,
    };
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

  private checkOptions({
    score,
    memorySize,
    gate,
    layers = 1,
    coverage,
    dropout = 0,
  }: AttentionDecoderOptions): void {
    const { attend, inputFeeding } = this;
    const wrong =
      attend === "never" && score !== "none"
        ? `looks with the score "${score}", yet attend is "never"`
        : attend === "never" && coverage === true
          ? 'keeps coverage, yet attend is "never"'
          : attend !== "never" && memorySize < 1
            ? `attends "${attend}" to a memory of size ${memorySize}`
            : inputFeeding && attend === "before"
              ? 'feeds its output back, which attend "before" has no place for'
              : gate === true && attend !== "before"
                ? `has a gate, which attend "${attend}" has no place for`
                : !Number.isInteger(layers) || layers < 1
                  ? `has ${layers} layers`
                  : !(dropout >= 0 && dropout < 1)
                    ? `drops out at a rate of ${dropout}, outside [0, 1)`
                    : undefined;
    if (wrong === undefined) return;
    throw new ConfigError("DECODER_OPTIONS", `${this.name} ${wrong}.`, {
      hint: "See AttentionDecoderOptions for what goes together.",
    });
  }

  private lengthsOf(lengths: ArrayLike<number> | undefined, batch: number, time: number): number[] {
    const whole = lengths === undefined ? Array<number>(batch).fill(time) : Array.from(lengths);
    const wrong = whole.findIndex((length) => !Number.isInteger(length) || length < 0 || length > time);
    if (whole.length === batch && wrong < 0) return whole;
    const came =
      whole.length !== batch ? `${whole.length} lengths` : `length ${whole[wrong] ?? ""} for row ${wrong}`;
    throw new ShapeError(
      "DECODER_LENGTHS",
      `${this.name} expects ${batch} whole lengths from 0 to ${time}, got ${came}.`,
      { hint: "Lengths count steps; one for each row." },
    );
  }

  private checkMemory(memory: Memory | undefined, rows: number, expected = rows, shared = false): void {
    if ((memory === undefined) !== (this.attention === undefined)) {
      throw this.wrongMemory(
        memory === undefined ? "a memory, got none" : "no memory, for it never looks at one, got one",
      );
    }
    if (rows !== expected) throw this.wrongMemory(`${expected} rows of memory named, got ${rows}`);
    if (memory !== undefined && !shared && memory.values.shape[0] !== rows)
      throw this.wrongMemory(`a memory of ${rows} rows, got ${memory.values.shape[0]}`);
  }

  private wrongMemory(what: string): ShapeError {
    return new ShapeError("DECODER_MEMORY", `${this.name} expects ${what}.`, {
      hint: 'Give a memory with a row for each row of the batch; leave it out with attend: "never".',
    });
  }

  private wrongInput(axes: string, shape: readonly number[]): ShapeError {
    return new ShapeError(
      "DECODER_INPUT",
      `${this.name} expects [${axes}, ${this.inputSize}], got [${shape.join(", ")}].`,
      { hint: `Give embedded tokens of size ${this.inputSize}.` },
    );
  }
}
