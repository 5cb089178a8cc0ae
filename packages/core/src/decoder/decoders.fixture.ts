import { seeded } from "@timestep/base";
import {
  concat,
  mul,
  reshape,
  tensor2d,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
} from "@tensorflow/tfjs-core";
import type { Memory } from "../attention/index.js";
import { drawn, drawnState, scattered } from "../recurrent/cells.fixture.js";
import { AttentionDecoder } from "./attention-decoder.js";
import type { AttentionDecoderOptions, DecodeResult } from "./decoder-options.js";
import { type DecoderState, mapState } from "./decoder-state.js";

export const [inputSize, hiddenSize, outputSize, memorySize] = [3, 4, 5, 4];
export const lengths = [3, 1, 2];
export const memoryLengths = [4, 2, 3];
const [batch, time, places] = [3, 3, 4];

/** Options of a decoder without its sizes. */
export type Form = Omit<AttentionDecoderOptions, "inputSize" | "hiddenSize" | "memorySize" | "random"> & {
  readonly memorySize?: number;
};

/** Every form of the decoder whose equations differ, each with a cell that shows it. */
export const forms: Readonly<Record<string, Form>> = {
  "after, additive": { cell: "gru", score: "additive", attentionSize: 3 },
  "after, additive, fed": { cell: "lstm", score: "additive", attentionSize: 3, inputFeeding: true },
  "after, dot": { cell: "lstm", score: "dot" },
  "after, dot, fed": { cell: "gru", score: "dot", inputFeeding: true },
  "after, general": { cell: "elman", score: "general", memorySize: 3 },
  "after, general, fed": { cell: "lstm-peephole", score: "general", memorySize: 3, inputFeeding: true },
  "after, location": {
    cell: "gru",
    score: "location",
    location: { filters: 2, width: 3 },
    inputFeeding: true,
  },
  "after, location, cumulative": {
    cell: "lstm",
    score: "location",
    location: { filters: 2, width: 3, cumulative: true },
  },
  "after, coverage": { cell: "gru", score: "additive", coverage: true },
  "before, additive": { cell: "lstm", score: "additive", attend: "before" },
  "before, additive, gated": { cell: "lstm", score: "additive", attend: "before", gate: true },
  "before, dot": { cell: "gru-before", score: "dot", attend: "before" },
  "before, general, gated": { cell: "scrn", score: "general", attend: "before", gate: true, memorySize: 3 },
  "before, location and coverage": {
    cell: "gru",
    score: "location",
    attend: "before",
    coverage: true,
    location: { filters: 1, width: 1 },
  },
  "deep, after, fed": { cell: "gru", score: "dot", inputFeeding: true, layers: 2, residual: true },
  "deep, after": { cell: "lstm", score: "additive", layers: 3, residual: true },
  "deep, before": { cell: "lstm", score: "additive", attend: "before", layers: 2 },
  "mean at every step": { cell: "gru", score: "none", attend: "before" },
  "mean at every step, gated": { cell: "gru", score: "none", attend: "before", gate: true },
  "mean joined after the cell": { cell: "lstm", score: "none", attend: "after" },
  "no memory": { cell: "jordan", score: "none", memorySize: 0 },
  "no memory, fed": { cell: "lstm", score: "none", memorySize: 0, inputFeeding: true },
};

/** The options of a form, with the sizes of this file. */
export function optionsOf(form: Form): AttentionDecoderOptions {
  return { memorySize, ...form, inputSize, hiddenSize, outputSize, random: seeded(1) };
}

export function decoderOf(form: Form): AttentionDecoder {
  return scattered(new AttentionDecoder(optionsOf(form)));
}

/** Three rows that end at different steps over memories of different lengths, from a state away from zero. */
export interface DecoderCase {
  readonly embedded: Tensor3D;
  readonly memory: Memory | undefined;
  readonly initialState: DecoderState;
}

export function caseOf(decoder: AttentionDecoder): DecoderCase {
  const history = decoder.attention?.recall ?? { previous: false, total: false };
  return {
    embedded: drawn(7, [batch, time, inputSize]),
    memory:
      decoder.attend === "never"
        ? undefined
        : { values: drawn(8, [batch, places, decoder.memorySize]), lengths: memoryLengths },
    initialState: {
      layers: decoder.layers.map(({ cell }, layer) => drawnState(cell, batch, 20 + 5 * layer)),
      ...(decoder.inputFeeding ? { feed: drawn(9, [batch, outputSize], 0.5) } : {}),
      history: {
        ...(history.previous ? { previous: drawnWeights(10) } : {}),
        ...(history.total ? { total: drawnWeights(11) } : {}),
      },
    },
  };
}

/** What earlier looks left, which is nothing beyond a memory's end. */
function drawnWeights(seed: number): Tensor2D {
  const rows = memoryLengths.map((length) => Array.from({ length: places }, (_, j) => (j < length ? 1 : 0)));
  return mul(drawn(seed, [batch, places], 0.3), tensor2d(rows));
}

/** The tensors of a state, in a fixed order. */
export function tensorsOf({ layers, feed, history }: DecoderState): Tensor2D[] {
  const { previous, total } = history;
  const single = [feed, previous, total].filter((tensor) => tensor !== undefined);
  return [...layers.flatMap((layer) => Object.values(layer)), ...single];
}

/** Outputs, alignments and every state as one vector. */
export function everythingOf({ outputs, alignments, state }: DecodeResult): Tensor {
  const parts: Tensor[] = [outputs, ...(alignments === undefined ? [] : [alignments]), ...tensorsOf(state)];
  return concat(parts.map((part) => reshape(part, [-1])));
}

/** A state of the same form from other tensors, in the order of `tensorsOf`. */
export function withTensors(state: DecoderState, tensors: readonly Tensor[]): DecoderState {
  const replacement = new Map(tensorsOf(state).map((old, index) => [old, tensors[index]]));
  return mapState(state, (tensor) => replacement.get(tensor) as typeof tensor);
}
