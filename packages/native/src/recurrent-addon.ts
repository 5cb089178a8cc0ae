/** What every call about a recurrent sequence names. Arrays are row-major, their sizes are checked. */
export interface SequenceCall {
  readonly batch: number;
  readonly time: number;
  readonly inputSize: number;
  readonly hiddenSize: number;
  /** [B], whole steps from 0 to T. */
  readonly lengths: Int32Array;
  readonly reverse: boolean;
  /** [B, T, I] */
  readonly input: Float32Array;
  readonly inputKernel: Float32Array;
  readonly recurrentKernel: Float32Array;
  readonly bias: Float32Array;
  /** [B, H], the initial state. */
  readonly h: Float32Array;
  /** [B, T, H]: written forward, read backward. */
  readonly output: Float32Array;
}

/** Where the state after the last step goes, [B, H]. */
export interface ForwardCall extends SequenceCall {
  readonly finalH: Float32Array;
}

/** Gradients that come in: `dOutput`, `dFinalH`; and those that go out. */
export interface BackwardCall extends SequenceCall {
  readonly dOutput: Float32Array;
  readonly dFinalH: Float32Array;
  readonly dInput: Float32Array;
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

/** Gates u, r, n; `saved` has 4·B·T·H floats with reset "after", 3 with "before", 2 with "none". */
export interface GruForm {
  readonly candidateBias: Float32Array | undefined;
  readonly reset: string;
  readonly saved: Float32Array | undefined;
}

export interface ElmanForm {
  readonly relu: boolean;
}

/** Entry points of cpp/recurrent_binding.cc. Each throws a TypeError when an argument does not fit. */
export interface RecurrentAddon {
  lstmForward(call: ForwardCall & LstmForm & { readonly finalC: Float32Array }): void;
  lstmBackward(
    call: BackwardCall &
      LstmForm & {
        readonly dFinalC: Float32Array;
        readonly dC: Float32Array;
        readonly dPeepholes: Float32Array | undefined;
      },
  ): void;
  gruForward(call: ForwardCall & GruForm): void;
  gruBackward(call: BackwardCall & GruForm & { readonly dCandidateBias: Float32Array | undefined }): void;
  elmanForward(call: ForwardCall & ElmanForm): void;
  elmanBackward(call: BackwardCall & ElmanForm): void;
}
