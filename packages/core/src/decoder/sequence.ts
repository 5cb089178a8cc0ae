import type { Random } from "@timestep/base";
import { mul, reshape, tensor3d, type Tensor2D, type Tensor3D, zeros } from "@tensorflow/tfjs-core";
import type { PreparedMemory } from "../attention/index.js";
import type { AttentionDecoder } from "./attention-decoder.js";
import type { DecodeResult } from "./decoder-options.js";
import type { DecoderState } from "./decoder-state.js";
import { decodeByKernel } from "./kernel.js";
import { readout } from "./readout.js";
import { decodeByReference } from "./reference.js";

/** Whole sequences for a decoder, checked and with a complete state. */
export interface DecodeRequest {
  /** [B, T, E] */
  readonly embedded: Tensor3D;
  /** Undefined where nothing is looked at. */
  readonly memory: PreparedMemory | undefined;
  /** Which row of the memory each of the B rows looks at. Default its own. */
  readonly memoryOf?: Int32Array | undefined;
  readonly lengths: readonly number[];
  readonly state: DecoderState;
  readonly random: Random | undefined;
}

/** What a path gives: sequences [B, T, …], whatever they hold beyond a row's end. */
export interface Along {
  /** Left out where the outputs were read out on the way. */
  readonly hidden?: Tensor3D | undefined;
  readonly contexts?: Tensor3D | undefined;
  readonly outputs?: Tensor3D | undefined;
  readonly alignments: Tensor3D | undefined;
  readonly state: DecoderState;
}

/** Whole sequences by the path that the decoder asks for; undefined when that is a kernel that the engine has not. */
export function decode(decoder: AttentionDecoder, request: DecodeRequest): DecodeResult | undefined {
  const { embedded, memory, lengths, state } = request;
  const [batch, time] = embedded.shape;
  if (time === 0) {
    const alignments = memory && (zeros([batch, 0, memory.values.shape[1]]) as Tensor3D);
    return { outputs: zeros([batch, 0, decoder.outputSize]), alignments, state };
  }
  const byKernel = decoder.path === "reference" ? undefined : decodeByKernel(decoder, request);
  if (byKernel === undefined && decoder.path === "kernel") return undefined;
  const along = byKernel ?? decodeByReference(decoder, request);
  const outputs = along.outputs ?? readoutAll(decoder, along, embedded);
  const present = presentSteps(lengths, time);
  const blanked = (x: Tensor3D): Tensor3D => (present === undefined ? x : mul(x, present));
  return {
    // The kernel leaves zeros beyond a row's end in all that it gives.
    outputs: byKernel?.outputs ?? blanked(outputs),
    alignments: byKernel?.alignments ?? (along.alignments && blanked(along.alignments)),
    state: along.state,
  };
}

/** The readout of all steps. */
function readoutAll(decoder: AttentionDecoder, { hidden, contexts }: Along, embedded: Tensor3D): Tensor3D {
  const [batch, time] = embedded.shape;
  const rows = (x: Tensor3D): Tensor2D => reshape(x, [batch * time, x.shape[2]]);
  const outputs = readout(decoder, rows(hidden as Tensor3D), contexts && rows(contexts), rows(embedded));
  return reshape(outputs, [batch, time, decoder.outputSize]);
}

/** 1 for steps that a row has, 0 beyond, [B, T, 1]; undefined where all rows are full. */
function presentSteps(lengths: readonly number[], time: number): Tensor3D | undefined {
  if (lengths.every((length) => length === time)) return undefined;
  const rows = lengths.map((length) => Array.from({ length: time }, (_, t) => [t < length ? 1 : 0]));
  return tensor3d(rows, [lengths.length, time, 1]);
}
