/** What every call about an attention decoder names. Arrays are row-major, their sizes are checked. */
export interface AttentionDecoderCall {
  /** "lstm" (gates i, f, o, g) or "gru" (gates u, r, n, its reset after the product). */
  readonly cell: string;
  /** "after" or "before" the cell. */
  readonly attend: string;
  /** "additive" or "dot". */
  readonly score: string;
  /** "after" only: the cell reads embedding and last output. */
  readonly feeding: boolean;
  /** "before" only: a gate scales the context. */
  readonly gated: boolean;
  readonly rows: number;
  readonly time: number;
  readonly memories: number;
  readonly places: number;
  readonly embeddingSize: number;
  readonly hiddenSize: number;
  readonly valueSize: number;
  readonly keySize: number;
  /** Read with "after" only. */
  readonly outputSize: number;
  /** [B], whole steps from 0 to T. */
  readonly lengths: Int32Array;
  /** [Bm], whole places from 0 to S. */
  readonly memoryLengths: Int32Array;
  /** [B], the memory of each row. */
  readonly memoryOf: Int32Array;
  /** `DecoderTensors` of cpp/decoder/attention_decoder.h in its order, those that the form has. */
  readonly inputs: readonly Float32Array[];
  /** `DecoderResults` of the same file: written forward, read backward. */
  readonly results: readonly Float32Array[];
  /** For the backward pass; undefined when none will come. */
  readonly saved: Float32Array | undefined;
}

/**
 * Kernels packed before (`packed-addon.ts`), those that the form has: of input, recurrence, query (additive), the hidden
 * and the context readout ("after"), the gate (gated). Undefined where a kernel is read from `inputs`.
 */
export interface AttentionDecoderForwardCall extends AttentionDecoderCall {
  readonly packed: readonly (Float32Array | undefined)[];
}

/** The gradients that come in, one for each result, and where those of the inputs go. */
export interface AttentionDecoderBackwardCall extends AttentionDecoderCall {
  readonly upstream: readonly Float32Array[];
  readonly gradients: readonly Float32Array[];
}

/** Entry points of cpp/decoder/attention_binding.cc. Each throws a TypeError when an argument does not fit. */
export interface AttentionDecoderAddon {
  attentionDecoderForward(call: AttentionDecoderForwardCall): void;
  attentionDecoderBackward(call: AttentionDecoderBackwardCall): void;
}
