import { ConfigError, type Random } from "@timestep/base";
import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import type { AttentionScore, LocationOptions } from "../attention/index.js";
import type { CellKind } from "../recurrent/index.js";
import type { DecoderState } from "./decoder-state.js";

/** When a step looks at the memory: before its cell moves, after it, or never. */
export type Attend = "before" | "after" | "never";

/**
 * How a decoder runs: by the engine's `kernel` for it, or by the `reference`, operations of TF.js. `auto` takes the
 * first of these that the decoder and the running engine have.
 */
export type DecoderPath = "auto" | "reference" | "kernel";

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
  /** Default "auto". */
  readonly path?: DecoderPath;
  readonly random: Random;
  /** Used in errors. */
  readonly name?: string;
}

/** Options of one run over whole sequences. */
export interface DecodeOptions {
  /** Whole steps of each row, 0..T. Default: all T. */
  readonly lengths?: ArrayLike<number> | undefined;
  /** Which row of the memory each row looks at, where several share one. Default its own. */
  readonly memoryOf?: Int32Array | undefined;
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

/** When a decoder made with these options looks at its memory. */
export function attendOf({ attend, score, memorySize }: AttentionDecoderOptions): Attend {
  return attend ?? (score === "none" && memorySize === 0 ? "never" : "after");
}

/** @throws {ConfigError} DECODER_OPTIONS when options contradict each other. */
export function checkDecoderOptions(options: AttentionDecoderOptions, name: string): void {
  const wrong = contradiction(options, attendOf(options));
  if (wrong === undefined) return;
  throw new ConfigError("DECODER_OPTIONS", `${name} ${wrong}.`, {
    hint: "See AttentionDecoderOptions for what goes together.",
  });
}

function contradiction(options: AttentionDecoderOptions, attend: Attend): string | undefined {
  const { score, memorySize, coverage, inputFeeding, gate, layers = 1, dropout = 0 } = options;
  if (attend === "never" && score !== "none") return `looks with the score "${score}", yet attend is "never"`;
  if (attend === "never" && coverage === true) return 'keeps coverage, yet attend is "never"';
  if (attend !== "never" && memorySize < 1) return `attends "${attend}" to a memory of size ${memorySize}`;
  if (attend === "before" && inputFeeding === true)
    return 'feeds its output back, which attend "before" has no place for';
  if (attend !== "before" && gate === true) return `has a gate, which attend "${attend}" has no place for`;
  if (!Number.isInteger(layers) || layers < 1) return `has ${layers} layers`;
  if (!(dropout >= 0 && dropout < 1)) return `drops out at a rate of ${dropout}, outside [0, 1)`;
  return undefined;
}
