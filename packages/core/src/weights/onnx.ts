import { ShapeError } from "@timestep/base";
import { sideBySide, zeros, type Values } from "@timestep/engine";
import {
  biasGates,
  joinBias,
  type NamedValues,
  negated,
  reordered,
  required,
  stackedGates,
  sum,
} from "./gates.js";

/** ONNX's recurrent operators. */
export type OnnxKind = "RNN" | "LSTM" | "GRU";

export interface OnnxOptions {
  /** 0 forward, 1 backward: the first axis of W, R, B and P. Default 0. */
  readonly direction?: number;
  /** The GRU's attribute: true fits `reset: "after"`, false (ONNX's default) fits "before". */
  readonly linearBeforeReset?: boolean;
}

/**
 * Parameters of one of our cells from an ONNX operator: `W` [D, G·H, I], `R` [D, G·H, H], `B` [D, 2·G·H] if present,
 * `P` [D, 3H] for peepholes; gates i,o,f,c or z,r,h.
 *
 * @throws {ShapeError} IMPORT_MISSING or IMPORT_SHAPE.
 * @see ONNX operators RNN, LSTM, GRU: https://onnx.ai/onnx/operators
 */
export function fromOnnx(
  kind: OnnxKind,
  weights: NamedValues,
  options: OnnxOptions = {},
): Map<string, Values> {
  const { direction = 0, linearBeforeReset = false } = options;
  const count = { RNN: 1, LSTM: 4, GRU: 3 }[kind];
  const order = { RNN: [0], LSTM: [0, 2, 1, 3], GRU: [0, 1, 2] }[kind];
  const ours = (gates: readonly Values[]): Values[] =>
    reordered(gates, order).map((gate, index) => (kind === "GRU" && index === 0 ? negated(gate) : gate));
  const recurrent = ofDirection(required(weights, "R"), direction);
  const size = recurrent.shape[1] ?? 0;
  const result = new Map<string, Values>([
    ["inputKernel", sideBySide(ours(stackedGates(ofDirection(required(weights, "W"), direction), count)))],
    ["recurrentKernel", sideBySide(ours(stackedGates(recurrent, count)))],
  ]);
  const stored = weights.get("B");
  const bias = stored === undefined ? zeros([2 * count * size]) : ofDirection(stored, direction);
  const both = biasGates(bias, 2 * count);
  const first = ours(both.slice(0, count));
  const second = ours(both.slice(count));
  const separate = kind === "GRU" && linearBeforeReset;
  const sums = first.map((gate, index) =>
    separate && index === 2 ? gate : sum(gate, second[index] as Values),
  );
  result.set("bias", joinBias(sums));
  if (separate) result.set("candidateBias", joinBias([second[2] as Values]));
  const peepholes = weights.get("P");
  if (kind === "LSTM" && peepholes !== undefined) {
    result.set("peepholes", joinBias(reordered(biasGates(ofDirection(peepholes, direction), 3), [0, 2, 1])));
  }
  return result;
}

/** One slice of the first axis. */
function ofDirection({ shape, data }: Values, direction: number): Values {
  const [directions = 0, ...rest] = shape;
  if (direction >= directions) {
    throw new ShapeError("IMPORT_SHAPE", `weights [${shape.join(", ")}] hold no direction ${direction}.`, {
      hint: "The first axis of ONNX's W, R, B and P counts the directions.",
    });
  }
  const size = data.length / directions;
  return { shape: rest, data: data.slice(direction * size, (direction + 1) * size) };
}
