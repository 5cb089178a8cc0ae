import { ConfigError, type Random, ShapeError } from "@timestep/base";
import { concat, div, expandDims, mul, sum, tanh, type Tensor2D, tensor2d } from "@tensorflow/tfjs-core";
import { type Memory, memoryMask } from "../attention/index.js";
import { Dense } from "../layers/index.js";
import { Module } from "../module.js";
import type { CellState, LayerState } from "../recurrent/index.js";
import { tidied } from "../tidied.js";
import type { AttentionDecoder } from "./attention-decoder.js";
import type { DecoderState } from "./decoder-state.js";

const kinds = ["zero", "last", "bridge", "mean", "firstInput"] as const;

/** Where a decoder's first state comes from. */
export type InitialStateKind = (typeof kinds)[number];

/** All {@link InitialStateKind}s. */
export const initialStateKinds: readonly [InitialStateKind, ...InitialStateKind[]] = kinds;

export interface InitialStateOptions {
  readonly kind: InitialStateKind;
  readonly decoder: AttentionDecoder;
  /** For "last" and "bridge": whose states are read. */
  readonly encoder?: { readonly stateSizes: readonly Readonly<Record<string, number>>[] };
  /** M, for "mean" and "firstInput" where the decoder itself has no memory. Default the decoder's. */
  readonly memorySize?: number;
  readonly random: Random;
}

/** What a first state is made of. */
export interface InitialStateSource {
  /** The encoder's states as it gave them, for "last" and "bridge". */
  readonly states?: readonly LayerState[];
  /** For "mean" and "firstInput". */
  readonly memory?: Memory;
}

/**
 * The first state of a decoder.
 *
 *   zero         zeros
 *   last         the encoder's last states as they are; of two directions, both side by side
 *   bridge       s = tanh(e·W + b), e the encoder's last state of the same name, or all its states side by side
 *   mean         s = tanh(v·W + b), v the mean of the memory (Show, attend and tell)
 *   firstInput   the state after a first step that reads v·W + b, v the mean of the memory (Show and tell)
 *
 * Layers are matched from the top: the highest of the decoder with the highest of the encoder. With "bridge", decoder
 * layers below the lowest match read the encoder's lowest. Steps that a cell counts start at zero whatever the kind.
 *
 * Parameters: for "bridge" and "mean" `layerN.NAME.kernel`, `layerN.NAME.bias` of each state; for "firstInput"
 * `input.kernel` [M, E], `input.bias` [E].
 *
 * @throws {ConfigError} INITIAL_STATE when the kind cannot be had with this decoder and encoder.
 * @see Bahdanau et al. 2015, arXiv:1409.0473, appendix A.2.2; Xu et al. 2015, arXiv:1502.03044, section 3.1.2; Vinyals
 *   et al. 2015, arXiv:1411.4555.
 */
export class InitialState extends Module {
  readonly kind: InitialStateKind;
  private readonly decoder: AttentionDecoder;
  /** By "layer.name". */
  private readonly projections = new Map<string, Dense>();
  private readonly encoderSizes: readonly Readonly<Record<string, number>>[];

  constructor({ kind, decoder, encoder, memorySize = decoder.memorySize, random }: InitialStateOptions) {
    super();
    this.kind = kind;
    this.decoder = decoder;
    this.encoderSizes = encoder?.stateSizes ?? [];
    const reads = kind === "last" || kind === "bridge";
    if (reads && encoder === undefined)
      throw refused(kind, "needs an encoder, got none", "Name the encoder.");
    if ((kind === "mean" || kind === "firstInput") && memorySize < 1)
      throw refused(kind, `needs a memory, got one of size ${memorySize}`, "Set memorySize.");
    if (kind === "firstInput") {
      if (decoder.attend !== "never")
        throw refused(kind, "has nothing to look at yet", 'Use it with attend: "never", or take "mean".');
      const input = new Dense({ inputSize: memorySize, outputSize: decoder.inputSize, random });
      this.projections.set("input", this.child("input", input));
    }
    decoder.layers.forEach(({ cell }, layer) => {
      if (kind === "last") this.checkLast(layer, cell.stateSizes);
      if (kind !== "bridge" && kind !== "mean") return;
      const parts = new Parts();
      for (const [name, size] of Object.entries(cell.stateSizes)) {
        if (name === counted) continue;
        const from = kind === "mean" ? memorySize : this.bridgedSize(layer, name);
        const key = `${layer}.${name}`;
        this.projections.set(key, parts.add(name, new Dense({ inputSize: from, outputSize: size, random })));
      }
      this.child(`layer${layer}`, parts);
    });
  }

  /**
   * The first state of each row.
   *
   * @throws {ShapeError} INITIAL_STATE_SOURCE when the states or the memory that the kind reads are missing.
   */
  of({ states, memory }: InitialStateSource): Partial<DecoderState> {
    return tidied(() => {
      switch (this.kind) {
        case "zero":
          return {};
        case "last":
          return { layers: this.matched(this.joined(states)) };
        case "bridge": {
          const joined = this.joined(states);
          return { layers: this.projected((layer, name) => this.bridged(joined, layer, name)) };
        }
        case "mean": {
          const mean = this.meanOf(memory);
          return { layers: this.projected(() => mean) };
        }
        case "firstInput": {
          const mean = this.meanOf(memory);
          const input = (this.projections.get("input") as Dense).apply(mean);
          return { ...this.decoder.step(input, this.decoder.startState(mean.shape[0], 0), undefined).state };
        }
      }
    });
  }

  /** The states of each layer of the decoder, by their projections. */
  private projected(from: (layer: number, name: string) => Tensor2D): CellState[] {
    return this.decoder.layers.map(({ cell }, layer) => {
      const made: Record<string, Tensor2D> = {};
      for (const name of Object.keys(cell.stateSizes)) {
        const projection = this.projections.get(`${layer}.${name}`);
        if (projection !== undefined) made[name] = tanh(projection.apply(from(layer, name)));
      }
      const [rows] = (Object.values(made)[0] as Tensor2D).shape;
      return { ...this.decoder.layers[layer]?.zeroState(rows), ...made };
    });
  }

  /** The layer of the encoder that a layer of the decoder is matched with; below its lowest where it is negative. */
  private match(layer: number): number {
    return layer + this.encoderSizes.length - this.decoder.layers.length;
  }

  private matched(joined: readonly CellState[]): CellState[] {
    return this.decoder.layers.map((made, layer) => {
      const state = joined[this.match(layer)] as CellState;
      const [rows] = (Object.values(state)[0] as Tensor2D).shape;
      const clock = Object.hasOwn(state, counted)
        ? { [counted]: made.zeroState(rows)[counted] as Tensor2D }
        : {};
      return { ...state, ...clock };
    });
  }

  private bridgedSize(layer: number, name: string): number {
    const sizes = this.encoderSizes[Math.max(0, this.match(layer))] as Readonly<Record<string, number>>;
    return (
      sizes[name] ??
      Object.entries(sizes).reduce((total, [other, size]) => (other === counted ? total : total + size), 0)
    );
  }

  private bridged(joined: readonly CellState[], layer: number, name: string): Tensor2D {
    const state = joined[Math.max(0, this.match(layer))] as CellState;
    const same = state[name];
    if (same !== undefined) return same;
    const all = Object.entries(state).filter(([other]) => other !== counted);
    return concat(all.map(([, tensor]) => tensor), 1); // prettier-ignore
  }

  private checkLast(layer: number, sizes: Readonly<Record<string, number>>): void {
    const from = this.encoderSizes[this.match(layer)];
    const fits = Object.entries(sizes).every(([name, size]) => name === counted || from?.[name] === size);
    if (from !== undefined && fits) return;
    const said = (what: Readonly<Record<string, number>>): string =>
      Object.entries(what).map(([name, size]) => `${name} ${size}`).join(", "); // prettier-ignore
    throw refused(
      "last",
      from === undefined
        ? `finds no layer of the encoder for layer ${layer} of the decoder`
        : `cannot start layer ${layer} (${said(sizes)}) with the encoder's states (${said(from)})`,
      'Make the sizes agree, or use "bridge".',
    );
  }

  private joined(states: readonly LayerState[] | undefined): CellState[] {
    if (states?.length === this.encoderSizes.length) return states.map(sideBySide);
    throw missing(this.kind, `the states of ${this.encoderSizes.length} layers`, states?.length ?? "none");
  }

  /** The mean of the values that each row has, [B, M]; zeros for a row without any. */
  private meanOf(memory: Memory | undefined): Tensor2D {
    if (memory === undefined) throw missing(this.kind, "a memory", "none");
    const { values, lengths } = memory;
    const mask = memoryMask(memory, values.shape[2]);
    const present = mask === undefined ? values : mul(values, expandDims(mask.present, 2));
    const counts = tensor2d(lengths.map((length) => [Math.max(1, length)])); // [B, 1]
    return div(sum(present, 1), counts);
  }
}

/** Steps that a cell counts are whole, and start at zero with every sequence. */
const counted = "clock";

/** Modules by name. */
class Parts extends Module {
  add<M extends Module>(name: string, module: M): M {
    return this.child(name, module);
  }
}

/** The states of a layer; those of two directions side by side. */
function sideBySide(state: LayerState): CellState {
  if (!isBoth(state)) return state;
  const { forward, backward } = state;
  return Object.fromEntries(
    Object.entries(forward).map(([name, ahead]) => [name, concat([ahead, backward[name] as Tensor2D], 1)]),
  );
}

function isBoth(state: LayerState): state is Exclude<LayerState, CellState> {
  return "forward" in state && "backward" in state && !("shape" in state.forward);
}

function refused(kind: InitialStateKind, what: string, hint: string): ConfigError {
  return new ConfigError("INITIAL_STATE", `the initial state "${kind}" ${what}.`, { hint });
}

function missing(kind: InitialStateKind, what: string, came: string | number): ShapeError {
  return new ShapeError("INITIAL_STATE_SOURCE", `the initial state "${kind}" reads ${what}, got ${came}.`, {
    hint: "Pass what the encoder gave.",
  });
}
