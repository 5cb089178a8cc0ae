import type { KernelConfig, TensorInfo } from "@tensorflow/tfjs-core";
import { floats, fresh, type KernelArguments, make, sizeOf } from "../backend/backend-values.js";
import type { Packing } from "../backend/held-operands.js";
import { packedOperand } from "./held-operands.js";
import type { AttentionDecoderAddon, AttentionDecoderCall } from "./attention-decoder-addon.js";

/**
 * A recurrent decoder with attention over a whole sequence, or over one step, forward and backward in one call each.
 *
 * `TimestepAttentionDecoder` takes, as a list, [embedded [B, T, E], memory values [Bm, S, M], keys [Bm, S, A], input
 * kernel [E + F, G·H], recurrent kernel [H, G·H], bias [G·H], candidate bias [H] (GRU), query kernel [H, A] and score
 * vector [A] (additive), hidden readout [H, O], context readout [M, O] and readout bias [O] (attend "after"), gate
 * kernel [H, M] and gate bias [M] (gated), initial h [B, H], initial c [B, H] (LSTM), initial feed [B, O] (feeding)],
 * with F = O when feeding, M when it attends "before" the cell, else 0. It gives
 *
 *   after:  [outputs [B, T, O], alignments [B, T, S], final h, final c (LSTM), kept (training)]
 *   before: [hidden [B, T, H], contexts [B, T, M], alignments [B, T, S], final h, final c (LSTM), kept (training)]
 *
 * `kept` is opaque. "TimestepAttentionDecoderGrad" takes all of these, then the gradient of each but `kept`, and then
 * the inputs; it gives the gradient of each input. {@link AttentionDecoderAttributes} name the form.
 */
export function attentionDecoderKernels(
  addon: AttentionDecoderAddon & Packing,
): Omit<KernelConfig, "backendName">[] {
  return [
    { kernelName: "TimestepAttentionDecoder", kernelFunc: (call) => decode(addon, call) },
    { kernelName: "TimestepAttentionDecoderGrad", kernelFunc: (call) => decodeGradient(addon, call) },
  ];
}

/** The form of a decoder, and the lengths of its batch. */
interface AttentionDecoderAttributes {
  readonly cell: "lstm" | "gru";
  readonly attend: "after" | "before";
  readonly score: "additive" | "dot";
  readonly feeding: boolean;
  readonly gated: boolean;
  /** [B]; steps after a row's length give zeros and leave its state. */
  readonly lengths: ArrayLike<number>;
  /** [Bm]; places after a memory's length get no weight. */
  readonly memoryLengths: ArrayLike<number>;
  /** [B]: the memory of each row; row i looks at memory i when left out. */
  readonly memoryOf?: ArrayLike<number>;
  readonly training: boolean;
}

/** What a call says besides its arrays. */
type Shape = Omit<AttentionDecoderCall, "inputs" | "results" | "saved">;

function attributesOf({ attrs }: KernelArguments): AttentionDecoderAttributes {
  return attrs as unknown as AttentionDecoderAttributes;
}

function shapeOf(attributes: AttentionDecoderAttributes, inputs: readonly TensorInfo[]): Shape {
  const { cell, attend, score, feeding, gated, lengths, memoryLengths, memoryOf } = attributes;
  const size = (index: number, axis: number): number => inputs[index]?.shape[axis] ?? 0;
  const rows = size(0, 0);
  // The readout's bias; what comes before it depends on the form.
  const readoutBias = 8 + (cell === "gru" ? 1 : 0) + (score === "additive" ? 2 : 0);
  return {
    ...{ cell, attend, score, feeding, gated, rows },
    time: size(0, 1),
    memories: size(1, 0),
    places: size(1, 1),
    embeddingSize: size(0, 2),
    hiddenSize: size(4, 0),
    valueSize: size(1, 2),
    keySize: size(2, 2),
    outputSize: attend === "after" ? size(readoutBias, 0) : 0,
    lengths: Int32Array.from(lengths),
    memoryLengths: Int32Array.from(memoryLengths),
    memoryOf: Int32Array.from(memoryOf ?? Array.from({ length: rows }, (_, row) => row)),
  };
}

/** The shapes of the results, in their order. */
function resultShapes(shape: Shape): number[][] {
  const { rows, time, places, hiddenSize, valueSize, outputSize } = shape;
  const steps = shape.attend === "after" ? [outputSize] : [hiddenSize, valueSize];
  return [
    ...[...steps, places].map((columns) => [rows, time, columns]),
    ...(shape.cell === "lstm" ? [1, 2] : [1]).map(() => [rows, hiddenSize]),
  ];
}

/** Floats kept for the backward pass; `decoder_saved_size` of cpp/decoder/attention_decoder.h. */
function savedSize({ rows, time, hiddenSize, valueSize, keySize, ...form }: Shape): number {
  const gates = form.cell === "lstm" ? 4 : 3;
  return (
    rows *
    time *
    ((gates + 1) * hiddenSize +
      (form.attend === "after" ? hiddenSize + valueSize : 0) +
      (form.score === "additive" ? keySize : 0) +
      (form.gated ? 2 * valueSize : 0))
  );
}

/** Packed copies of the kernels that are held, as a search does that takes single steps of many rows. */
function packedKernels(
  packing: Packing,
  backend: unknown,
  { cell, attend, score, gated, rows, time }: Shape,
  inputs: readonly TensorInfo[],
): (Float32Array | undefined)[] {
  const additive = 6 + (cell === "gru" ? 1 : 0);
  const readouts = additive + (score === "additive" ? 2 : 0);
  const gate = readouts + (attend === "after" ? 3 : 0);
  const places = [
    ...[3, 4],
    ...(score === "additive" ? [additive] : []),
    ...(attend === "after" ? [readouts, readouts + 1] : []),
    ...(gated ? [gate] : []),
  ];
  return places.map((place) => {
    const info = inputs[place];
    const [k = 0, n = 0] = info?.shape ?? [];
    return info && packedOperand(packing, backend, info, { k, n, transposed: false }, rows * time);
  });
}

function decode(addon: AttentionDecoderAddon & Packing, call: KernelArguments): TensorInfo[] {
  const { backend } = call;
  const infos = Object.values(call.inputs) as TensorInfo[];
  const attributes = attributesOf(call);
  const shape = shapeOf(attributes, infos);
  const inputs = infos.map((info) => floats(backend, info));
  const shapes = resultShapes(shape);
  const results = shapes.map((result) => fresh(backend, sizeOf(result)));
  const saved = attributes.training ? fresh(backend, savedSize(shape)) : undefined;
  const packed = packedKernels(addon, backend, shape, infos);
  addon.attentionDecoderForward({ ...shape, inputs, results, saved, packed });
  return [
    ...results.map((values, index) => make(backend, shapes[index] ?? [], "float32", values)),
    // Opaque: of no elements as far as TF.js knows, which would otherwise make as many zeros for a gradient of it.
    ...(saved === undefined ? [] : [make(backend, [0], "float32", saved)]),
  ];
}

function decodeGradient(addon: AttentionDecoderAddon, call: KernelArguments): TensorInfo[] {
  const { backend } = call;
  const infos = Object.values(call.inputs) as TensorInfo[];
  const attributes = attributesOf(call);
  const count = (attributes.attend === "after" ? 3 : 4) + (attributes.cell === "lstm" ? 1 : 0);
  const inputs = infos.slice(2 * count + 1);
  const read = (tensors: readonly TensorInfo[]): Float32Array[] =>
    tensors.map((info) => floats(backend, info));
  const [saved] = read(infos.slice(count, count + 1));
  const gradients = inputs.map((info) => fresh(backend, sizeOf(info.shape)));
  addon.attentionDecoderBackward({
    ...shapeOf(attributes, inputs),
    inputs: read(inputs),
    results: read(infos.slice(0, count)),
    saved,
    upstream: read(infos.slice(count + 1, 2 * count + 1)),
    gradients,
  });
  return gradients.map((values, index) => make(backend, inputs[index]?.shape ?? [], "float32", values));
}
