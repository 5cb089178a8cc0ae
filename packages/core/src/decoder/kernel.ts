import {
  concat,
  engine,
  gather,
  getGradient,
  type GradConfig,
  registerGradient,
  reshape,
  type Tensor,
  tensor1d,
  type Tensor2D,
  type Tensor3D,
} from "@tensorflow/tfjs-core";
import { engineHas, gradientsAreRecorded } from "../own-kernels.js";
import type { CellState } from "../recurrent/index.js";
import type { AttentionDecoder } from "./attention-decoder.js";
import type { DecoderState } from "./decoder-state.js";
import type { Along, DecodeRequest } from "./sequence.js";

const kernelName = "TimestepAttentionDecoder";

/** What of a decoder the kernel has to know, and the parameters that this form has, in the kernel's order. */
interface KernelForm {
  readonly cell: "lstm" | "gru";
  readonly score: "additive" | "dot";
  /** Names of the cell's states, in the order in which the kernel takes and gives them. */
  readonly states: readonly string[];
  readonly parameters: readonly Tensor[];
}

/** Whether a decoder is of a form that engines may have a kernel for. */
export function hasKernelForm(decoder: AttentionDecoder): boolean {
  return formOf(decoder) !== undefined;
}

/**
 * Runs whole sequences by the running engine's own kernel, or gives undefined when it has none for this decoder: one
 * layer, LSTM without peepholes or GRU with its reset after the product, scores that are additive without coverage, dot
 * or general (a dot with projected keys).
 *
 * The kernel takes [embedded, memory values, keys, inputKernel, recurrentKernel, bias, (candidateBias), (queryKernel,
 * scoreVector), (hiddenReadout, contextReadout, readoutBias), (gateKernel, gateBias), h, (c), (feed)], of which the
 * bracketed depend on the form; readouts are its own with attend "after" alone. It gives [outputs or hidden and
 * contexts, alignments, h, (c)] and, with the attribute `training`, something opaque. Its "Grad" kernel takes all of
 * these, the gradients of all but the last, and then what the kernel took; it gives the gradient of each of the latter.
 * Engines register kernels by name, so nothing here depends on one that may not be installed.
 */
export function decodeByKernel(decoder: AttentionDecoder, request: DecodeRequest): Along | undefined {
  const { embedded, memory, memoryOf, lengths, state } = request;
  const form = formOf(decoder);
  if (form === undefined || memory === undefined || embedded.size === 0 || !engineHas(kernelName))
    return undefined;
  // TF.js gives undefined for what nobody has registered, and types that do not say so.
  if (!(getGradient(kernelName) as GradConfig | undefined)) registerGradient(gradient);
  const layer = state.layers[0] as CellState;
  const inputs = [
    ...[embedded, memory.values, memory.keys, ...form.parameters],
    ...form.states.map((name) => layer[name] as Tensor2D),
    ...(state.feed === undefined ? [] : [state.feed]),
  ];
  const { attend, inputFeeding: feeding, gateKernel } = decoder;
  const attributes = {
    ...{ cell: form.cell, attend, score: form.score, feeding, gated: gateKernel !== undefined },
    ...{ lengths: [...lengths], memoryLengths: [...memory.lengths] },
    ...(memoryOf === undefined ? {} : { memoryOf }),
    training: gradientsAreRecorded(),
  };
  const results: Tensor[] = engine().runKernel(kernelName, named(inputs), attributes as never);
  const before = attend === "before";
  const [first, second, third] = results as [Tensor3D, Tensor3D, Tensor3D];
  const states = results.slice(before ? 3 : 2);
  const next = Object.fromEntries(form.states.map((name, index) => [name, states[index] as Tensor2D]));
  return before
    ? { hidden: first, contexts: second, alignments: third, state: { ...state, layers: [next] } }
    : { outputs: first, alignments: second, state: fedState(state, next, first, lengths) };
}

function formOf({ layers, attention, ...decoder }: AttentionDecoder): KernelForm | undefined {
  const [only, ...others] = layers;
  const cell = only?.cell.kernel?.();
  if (cell === undefined || others.length > 0 || attention === undefined) return undefined;
  const { score, recall, queryKernel, scoreVector } = attention;
  if (recall.total || recall.previous || score === "none") return undefined;
  const plainLstm =
    cell.name === "TimestepLstm" && cell.extra === undefined && cell.form["plainOutput"] === false;
  const commonGru = cell.name === "TimestepGru" && cell.form["reset"] === "after";
  if (!plainLstm && !commonGru) return undefined;
  const readouts = [decoder.hiddenReadout, decoder.contextReadout, decoder.readoutBias];
  const parameters = [
    ...[...cell.parameters, cell.extra, queryKernel, scoreVector],
    ...(decoder.attend === "after" ? readouts : []),
    ...[decoder.gateKernel, decoder.gateBias],
  ].filter((parameter) => parameter !== undefined);
  return {
    cell: plainLstm ? "lstm" : "gru",
    score: score === "additive" ? "additive" : "dot",
    states: cell.states,
    parameters,
  };
}

/** The state with the last output of each row, where it is fed back: the kernel does not give it apart. */
function fedState(
  state: DecoderState,
  layer: CellState,
  outputs: Tensor3D,
  lengths: readonly number[],
): DecoderState {
  const { feed } = state;
  if (feed === undefined) return { ...state, layers: [layer] };
  const [batch, time, size] = outputs.shape;
  const rows: Tensor2D = reshape(outputs, [batch * time, size]);
  const last = lengths.map((length, row) => (length === 0 ? batch * time + row : row * time + length - 1));
  const source = lengths.includes(0) ? concat([rows, feed], 0) : rows;
  return { ...state, layers: [layer], feed: gather(source, tensor1d(last, "int32")) };
}

const gradient: GradConfig = {
  kernelName,
  saveAllInputs: true,
  // One answer for any number of results: more entries than results do no harm.
  outputsToSave: Array<boolean>(6).fill(true),
  gradFunc: (dy, saved, attributes) => {
    const upstream = (dy as Tensor[]).slice(0, -1);
    const inputs = saved.slice(0, -(upstream.length + 1));
    const results = saved.slice(-(upstream.length + 1));
    const gradients: Tensor[] = engine().runKernel(
      `${kernelName}Grad`,
      named([...results, ...upstream, ...inputs]),
      attributes,
    );
    return Object.fromEntries(gradients.map((one, index) => [index, () => one]));
  },
};

/** TF.js names a kernel's inputs; with `saveAllInputs` it wants them as a list, whose names are its indices. */
function named(tensors: readonly Tensor[]): Record<string, Tensor> {
  return [...tensors] as unknown as Record<string, Tensor>;
}
