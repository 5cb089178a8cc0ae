import type { Random } from "@timestep/base";
import {
  add,
  concat,
  expandDims,
  matMul,
  mul,
  reshape,
  sigmoid,
  slice,
  stack,
  type Tensor2D,
  type Tensor3D,
  tile,
  ones,
} from "@tensorflow/tfjs-core";
import {
  afterLook,
  type Attended,
  type Attention,
  type AttentionHistory,
  memoryRows,
  type PreparedMemory,
} from "../attention/index.js";
import { dropout } from "../layers/dropout.js";
import type { Cell, CellState, CellStep, Recurrent } from "../recurrent/index.js";
import { aliveAt, keepEnded, stepsOfSequence } from "../recurrent/scan.js";
import type { AttentionDecoder } from "./attention-decoder.js";
import { type DecoderState, keepEndedState } from "./decoder-state.js";
import { readout } from "./readout.js";
import type { Along, DecodeRequest } from "./sequence.js";

/**
 * Whole sequences by operations of TF.js, with gradients by its tape: any cell, any score, any engine, and the reference
 * that a kernel is checked against.
 *
 * Only what must wait for the step before it is done step by step. Where no step's cell waits for an earlier look, the
 * recurrent layers take the whole sequence at once; the lowest layer's share of the input is one product for all steps
 * where its cell allows; outputs that are not fed back are read out together at the end.
 */
export function decodeByReference(decoder: AttentionDecoder, request: DecodeRequest): Along {
  const { memory, memoryOf } = request;
  const seen = memory === undefined || memoryOf === undefined ? memory : memoryRows(memory, memoryOf);
  const own = { ...request, memory: seen };
  const masks = layerMasks(decoder, request.embedded.shape[0], request.random);
  return cellsWait(decoder) ? stepByStep(decoder, own, masks) : cellsFirst(decoder, own, masks);
}

/** Whether a step's cell needs something of the step before beside its state. */
function cellsWait({ attend, attention, inputFeeding, gateKernel }: AttentionDecoder): boolean {
  if (attend !== "before") return inputFeeding;
  return attention?.score !== "none" || gateKernel !== undefined;
}

/** One step after the other. */
function stepByStep(decoder: AttentionDecoder, request: DecodeRequest, masks: LayerMasks): Along {
  const { embedded, memory, lengths } = request;
  const { attend, inputFeeding } = decoder;
  const advance = lowestSteps((decoder.layers[0] as Recurrent).cell, embedded);
  const steps: { h: Tensor2D; seen: Attended | undefined; output: Tensor2D | undefined }[] = [];
  let state = request.state;
  for (let t = 0; t < embedded.shape[1]; t++) {
    const before = attend === "before" ? look(decoder, topOutput(decoder, state), memory, state) : undefined;
    const lowest = advance(t, before?.context ?? state.feed, state.layers[0] as CellState);
    const { h, layers } = upwards(decoder, lowest, state, masks);
    const seen = attend === "after" ? look(decoder, h, memory, state) : before;
    const output = inputFeeding ? readout(decoder, h, seen?.context) : undefined;
    const history = seen === undefined ? {} : afterLook(state.history, seen.weights);
    const next = { layers, history, ...(output === undefined ? {} : { feed: output }) };
    const alive = aliveAt(t, lengths);
    state = alive === undefined ? next : keepEndedState(next, state, alive);
    steps.push({ h, seen, output });
  }
  const alignments = sequenceOf(steps.map(({ seen }) => seen?.weights));
  if (inputFeeding) return { outputs: sequenceOf(steps.map(({ output }) => output)), alignments, state };
  const contexts = sequenceOf(steps.map(({ seen }) => seen?.context));
  return { hidden: sequenceOf(steps.map(({ h }) => h)), contexts, alignments, state };
}

/** The recurrent layers over the whole sequence first, then every look: where no cell waits for a look. */
function cellsFirst(decoder: AttentionDecoder, request: DecodeRequest, masks: LayerMasks): Along {
  const { embedded, memory, lengths, state } = request;
  const [, time] = embedded.shape;
  const constant = memory !== undefined && decoder.attention?.score === "none";
  const still = constant ? look(decoder, topOutput(decoder, state), memory, state) : undefined;
  const always = still && {
    contexts: repeated(still.context, time),
    alignments: repeated(still.weights, time),
  };
  let x = decoder.attend === "before" && always ? concat([embedded, always.contexts], 2) : embedded;
  const layers = decoder.layers.map((layer, index) => {
    const mask = masks[index];
    const below = x;
    const read = mask === undefined ? below : (mul(below, expandDims(mask, 1)) as Tensor3D);
    const result = layer.run(read, { lengths, initialState: state.layers[index] });
    const adds = decoder.residual && index > 0 && layer.inputSize === layer.outputSize;
    x = adds ? add(result.output, below) : result.output; // [B, T, H]
    return result.state;
  });
  if (memory === undefined) return { hidden: x, alignments: undefined, state: { ...state, layers } };
  if (always !== undefined) return { hidden: x, ...always, state: { ...state, layers } };
  const { history, ...looks } = looksAlong(decoder, x, request);
  return { hidden: x, ...looks, state: { ...state, layers, history } };
}

/** A look of every step; all at once where the score is one product and reads nothing of earlier looks. */
function looksAlong(
  decoder: AttentionDecoder,
  hidden: Tensor3D,
  { memory, lengths, state }: DecodeRequest,
): { contexts: Tensor3D; alignments: Tensor3D; history: AttentionHistory } {
  const attention = decoder.attention as Attention;
  const all = attention.attendAll(hidden, memory as PreparedMemory);
  if (all !== undefined) return { contexts: all.contexts, alignments: all.weights, history: state.history };
  let { history } = state;
  const looks = stepsOfSequence(hidden).map((h, t) => {
    const seen = look(decoder, h, memory, { ...state, history });
    const next = afterLook(history, seen.weights);
    const alive = aliveAt(t, lengths);
    history = alive === undefined ? next : keepEnded(next as CellState, history as CellState, alive);
    return seen;
  });
  return {
    contexts: sequenceOf(looks.map(({ context }) => context)) as Tensor3D,
    alignments: sequenceOf(looks.map(({ weights }) => weights)) as Tensor3D,
    history,
  };
}

/** One look, through the gate where there is one. */
function look(
  decoder: AttentionDecoder,
  query: Tensor2D,
  memory: PreparedMemory | undefined,
  { history }: DecoderState,
): Attended {
  const seen = (decoder.attention as Attention).attend(query, memory as PreparedMemory, history);
  const { gateKernel, gateBias } = decoder;
  if (gateKernel === undefined || gateBias === undefined) return seen;
  const gate = sigmoid(add(matMul(query, gateKernel), gateBias)); // [R, M]
  return { ...seen, context: mul(gate, seen.context) };
}

/** What the highest cell gave last. */
function topOutput({ layers }: AttentionDecoder, state: DecoderState): Tensor2D {
  return (layers.at(-1) as Recurrent).cell.outputOf(state.layers.at(-1) as CellState);
}

/** The layers above the lowest, at one step. */
function upwards(
  decoder: AttentionDecoder,
  lowest: CellStep,
  state: DecoderState,
  masks: LayerMasks,
): { h: Tensor2D; layers: CellState[] } {
  const layers = [lowest.state];
  let h = lowest.output; // [R, H]
  decoder.layers.slice(1).forEach(({ cell }, below) => {
    const mask = masks[below + 1];
    const read: Tensor2D = mask === undefined ? h : mul(h, mask);
    const step = cell.step(read, state.layers[below + 1] as CellState);
    layers.push(step.state);
    h = decoder.residual && cell.inputSize === cell.outputSize ? add(step.output, h) : step.output;
  });
  return { h, layers };
}

/**
 * The steps of the lowest cell, which read the input and, beside it, what comes out of the last step or a look. The
 * input's share is one product over all steps, for a cell that meets its input in one product.
 */
function lowestSteps(
  cell: Cell,
  embedded: Tensor3D,
): (t: number, beside: Tensor2D | undefined, state: CellState) => CellStep {
  const [batch, time, size] = embedded.shape;
  const linear = cell.linearInput?.();
  if (linear === undefined || time === 1) {
    const steps = stepsOfSequence(embedded);
    return (t, beside, state) => {
      const input = steps[t] as Tensor2D;
      return cell.step(beside === undefined ? input : concat([input, beside], 1), state);
    };
  }
  const { kernel, step } = linear;
  const width = kernel.shape[1];
  const ofInput = slice(kernel, [0, 0], [size, width]);
  const ofBeside = slice(kernel, [size, 0], [cell.inputSize - size, width]);
  const shares = stepsOfSequence(
    reshape(matMul(reshape(embedded, [batch * time, size]), ofInput), [batch, time, width]),
  ); // T times [B, G·H]
  return (t, beside, state) => {
    const share = shares[t] as Tensor2D;
    return step(beside === undefined ? share : add(share, matMul(beside, ofBeside)), state);
  };
}

/** What each layer's input is multiplied by at every step, [B, I]; nothing is dropped before the lowest. */
type LayerMasks = readonly (Tensor2D | undefined)[];

function layerMasks(
  { layers, dropout: rate }: AttentionDecoder,
  batch: number,
  random: Random | undefined,
): LayerMasks {
  if (rate === 0 || random === undefined) return [];
  return layers.map(({ inputSize }, index) =>
    index === 0 ? undefined : dropout(ones([batch, inputSize]) as Tensor2D, { rate, random }),
  );
}

/** T times [B, size] -> [B, T, size]; undefined where the steps hold nothing. */
function sequenceOf(steps: readonly (Tensor2D | undefined)[]): Tensor3D | undefined {
  const there = steps.filter((step) => step !== undefined);
  return there.length === 0 ? undefined : (stack(there, 1) as Tensor3D);
}

/** [B, size] -> [B, T, size] */
function repeated(x: Tensor2D, time: number): Tensor3D {
  return tile(expandDims(x, 1) as Tensor3D, [1, time, 1]);
}
