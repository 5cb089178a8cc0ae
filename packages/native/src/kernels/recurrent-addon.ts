/** What every call about a recurrent sequence names. Arrays are row-major, their sizes are checked. */
export interface SequenceCall<Direction> {
  readonly batch: number;
  readonly time: number;
  readonly inputSize: number;
  readonly hiddenSize: number;
  /** [B], whole steps from 0 to T. */
  readonly lengths: Int32Array;
  /** [B, T, I] */
  readonly input: Float32Array;
  /** [B, T, D·H], the D directions side by side: written forward, read backward. */
  readonly output: Float32Array;
  /** One or two. Two run side by side on the threads. */
  readonly directions: readonly Direction[];
}

/** The gradient that comes in, [B, T, D·H], and that of the input, summed over the directions. */
export interface BackwardSequenceCall<Direction> extends SequenceCall<Direction> {
  readonly dOutput: Float32Array;
  readonly dInput: Float32Array;
}

/** One direction's weights and initial state. */
export interface DirectionCall {
  readonly reverse: boolean;
  readonly inputKernel: Float32Array;
  readonly recurrentKernel: Float32Array;
  readonly bias: Float32Array;
  /** [B, H] */
  readonly h: Float32Array;
}

/** Where the state after the last step goes, [B, H]. */
export interface ForwardCall extends DirectionCall {
  readonly finalH: Float32Array;
}

/** The gradient of the last state, and where those of weights and initial state go. */
export interface BackwardCall extends DirectionCall {
  readonly dFinalH: Float32Array;
  readonly dInputKernel: Float32Array;
  readonly dRecurrentKernel: Float32Array;
  readonly dBias: Float32Array;
  readonly dH: Float32Array;
}

/** Gates i, f, o, g; `saved` [5·B·T·H] is what the backward pass needs, undefined when there will be none. */
export interface LstmForm {
  readonly c: Float32Array;
  readonly peepholes: Float32Array | undefined;
  readonly plainOutput: boolean;
  readonly saved: Float32Array | undefined;
}

export interface LstmForward extends ForwardCall, LstmForm {
  readonly finalC: Float32Array;
}

export interface LstmBackward extends BackwardCall, LstmForm {
  readonly dFinalC: Float32Array;
  readonly dC: Float32Array;
  readonly dPeepholes: Float32Array | undefined;
}

/** Gates u, r, n; `saved` has 4·B·T·H floats with reset "after", 3 with "before", 2 with "none". */
export interface GruForm {
  readonly candidateBias: Float32Array | undefined;
  readonly reset: string;
  readonly saved: Float32Array | undefined;
}

export type GruForward = ForwardCall & GruForm;

export interface GruBackward extends BackwardCall, GruForm {
  readonly dCandidateBias: Float32Array | undefined;
}

export interface ElmanForm {
  readonly relu: boolean;
}

/** Entry points of cpp/recurrent/recurrent_binding.cc. Each throws a TypeError when an argument does not fit. */
export interface RecurrentAddon {
  lstmForward(call: SequenceCall<LstmForward>): void;
  lstmBackward(call: BackwardSequenceCall<LstmBackward>): void;
  gruForward(call: SequenceCall<GruForward>): void;
  gruBackward(call: BackwardSequenceCall<GruBackward>): void;
  elmanForward(call: SequenceCall<ForwardCall & ElmanForm>): void;
  elmanBackward(call: BackwardSequenceCall<BackwardCall & ElmanForm>): void;
}
