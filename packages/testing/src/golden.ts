import { DataError } from "@timestep/base";
import { asList, asWhole, fail, Fields } from "./golden-fields.js";

/** Numbers in row-major order with their shape, in float64 as the file holds them. */
export interface GoldenArray {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/**
 * A recurrent layer as PyTorch computed it: weights in PyTorch's names, shapes and gate order (i, f, g, o / r, z, n),
 * `loss` = Σ probe·output. Batch comes first in `x` and `y`; states are [layers·directions, B, H].
 */
export interface RecurrentGolden {
  readonly type: "recurrent";
  readonly name: string;
  readonly kind: "RNN" | "LSTM" | "GRU";
  /** Of an RNN; null for the others. */
  readonly nonlinearity: "tanh" | "relu" | null;
  readonly batch: number;
  readonly time: number;
  readonly input: number;
  readonly hidden: number;
  readonly layers: number;
  readonly bidirectional: boolean;
  /** Whole steps per row, or null when every row is full. */
  readonly lengths: readonly number[] | null;
  readonly loss: number;
  /** `x` [B, T, I], and where given `h0` and (LSTM) `c0`. */
  readonly inputs: { readonly x: GoldenArray; readonly h0?: GoldenArray; readonly c0?: GoldenArray };
  readonly weights: ReadonlyMap<string, GoldenArray>;
  /** Factors of the outputs in the loss: `y`, and where given `hn`, `cn`. */
  readonly probe: { readonly y: GoldenArray; readonly hn?: GoldenArray; readonly cn?: GoldenArray };
  /** `y` [B, T, directions·H], and where given `hn` and (LSTM) `cn`. */
  readonly outputs: { readonly y: GoldenArray; readonly hn?: GoldenArray; readonly cn?: GoldenArray };
  /** d loss / d (x, h0, c0 and every weight), by name. */
  readonly gradients: ReadonlyMap<string, GoldenArray>;
}

/** Connectionist temporal classification as PyTorch computed it, from logits (before the softmax). */
export interface CtcGolden {
  readonly type: "ctc";
  readonly name: string;
  /** Class of the blank. */
  readonly blank: number;
  /** When true, a row whose labels cannot fit has loss 0 and gradient 0. */
  readonly zeroInfinity: boolean;
  /** [B, T, C]. */
  readonly logits: GoldenArray;
  /** [B][L]; entries at or after a row's target length mean nothing. */
  readonly targets: readonly (readonly number[])[];
  readonly logitLengths: readonly number[];
  readonly targetLengths: readonly number[];
  /** [B]. */
  readonly losses: GoldenArray;
  /** d Σ losses / d logits, [B, T, C]. */
  readonly gradient: GoldenArray;
}

export type GoldenCase = RecurrentGolden | CtcGolden;

/**
 * Reads one golden case. A file with `kind` is recurrent, one with `logits` is CTC. Every shape is checked against
 * the sizes that the file states, and every number must be finite.
 *
 * @param name names the case and stands in errors; use the file's name.
 * @throws {DataError} GOLDEN_JSON when the text is no JSON object; GOLDEN_FIELD when a field is missing, unknown or of
 *   the wrong kind; GOLDEN_SHAPE when an array has another shape than the sizes ask for; GOLDEN_KIND when the file is neither.
 */
export function parseGolden(name: string, text: string): GoldenCase {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new DataError("GOLDEN_JSON", `golden case "${name}" is no JSON.`, {
      cause,
      hint: "Write the file anew; NaN and Infinity are not JSON.",
    });
  }
  const fields = new Fields(name, "", json);
  if (fields.has("kind")) return recurrentCase(name, fields);
  if (fields.has("logits")) return ctcCase(name, fields);
  throw new DataError("GOLDEN_KIND", `golden case "${name}" has neither "kind" nor "logits".`, {
    hint: "A recurrent case has kind RNN, LSTM or GRU; a CTC case has logits.",
  });
}

const gateCounts = { RNN: 1, LSTM: 4, GRU: 3 } as const;

function recurrentCase(name: string, fields: Fields): RecurrentGolden {
  const kind = fields.oneOf("kind", ["RNN", "LSTM", "GRU"] as const);
  const nonlinearity = kind === "RNN" ? fields.oneOf("nonlinearity", ["tanh", "relu"] as const) : null;
  const batch = fields.whole("batch", 1);
  const time = fields.whole("time", 1);
  const input = fields.whole("input", 1);
  const hidden = fields.whole("hidden", 1);
  const layers = fields.whole("layers", 1);
  const bidirectional = fields.flag("bidirectional");
  const lengths = fields.isNull("lengths") ? null : fields.wholes("lengths", batch, time);
  const directions = bidirectional ? 2 : 1;
  const state = [layers * directions, batch, hidden];
  const lstm = kind === "LSTM";

  const inputFields = fields.child("inputs", lstm ? ["x", "h0", "c0"] : ["x", "h0"]);
  const inputs = {
    x: inputFields.array("x", [batch, time, input]),
    ...inputFields.optionalArray("h0", state),
    ...inputFields.optionalArray("c0", state),
  };
  const outputNames = lstm ? ["y", "hn", "cn"] : ["y", "hn"];
  const outputsOf = (key: string): RecurrentGolden["outputs"] => {
    const given = fields.child(key, outputNames);
    return {
      y: given.array("y", [batch, time, directions * hidden]),
      ...given.optionalArray("hn", state),
      ...given.optionalArray("cn", state),
    };
  };
  const weights = recurrentWeights(fields, { gates: gateCounts[kind], input, hidden, layers, directions });
  const shapes = new Map<string, readonly number[]>();
  for (const [key, array] of [...Object.entries(inputs), ...weights]) shapes.set(key, array.shape);
  const gradientFields = fields.child("gradients", [...shapes.keys()]);
  const gradients = new Map<string, GoldenArray>();
  for (const [key, shape] of shapes) gradients.set(key, gradientFields.array(key, shape));
  const outputs = outputsOf("outputs");
  const probe = outputsOf("probe");
  const loss = fields.number("loss");
  return {
    ...{
      type: "recurrent",
      name,
      kind,
      nonlinearity,
      batch,
      time,
      input,
      hidden,
      layers,
      bidirectional,
      lengths,
    },
    ...{ loss, inputs, weights, probe, outputs, gradients },
  };
}

function recurrentWeights(
  fields: Fields,
  sizes: { gates: number; input: number; hidden: number; layers: number; directions: number },
): ReadonlyMap<string, GoldenArray> {
  const { gates, input, hidden, layers, directions } = sizes;
  const rows = gates * hidden;
  const needed = new Map<string, readonly number[]>();
  const biases = new Map<string, readonly number[]>();
  for (let layer = 0; layer < layers; layer++) {
    for (const suffix of directions === 2 ? [`l${layer}`, `l${layer}_reverse`] : [`l${layer}`]) {
      needed.set(`weight_ih_${suffix}`, [rows, layer === 0 ? input : directions * hidden]);
      needed.set(`weight_hh_${suffix}`, [rows, hidden]);
      biases.set(`bias_ih_${suffix}`, [rows]);
      biases.set(`bias_hh_${suffix}`, [rows]);
    }
  }
  const given = fields.child("weights", [...needed.keys(), ...biases.keys()]);
  // PyTorch's bias=False leaves all of them out, never some.
  if ([...biases.keys()].some((key) => given.has(key))) {
    for (const [key, shape] of biases) needed.set(key, shape);
  }
  return new Map([...needed].map(([key, shape]) => [key, given.array(key, shape)]));
}

function ctcCase(name: string, fields: Fields): CtcGolden {
  const logits = fields.array("logits", [null, null, null]);
  const [batch = 0, time = 0, classes = 0] = logits.shape;
  const targets = fields.list("targets", batch).map((row, b) => {
    const at = `targets[${b}]`;
    return asList(name, at, row).map((label, l) => asWhole(name, `${at}[${l}]`, label, 0, classes - 1));
  });
  const longest = Math.max(0, ...targets.map((row) => row.length));
  const targetLengths = fields.wholes("target_lengths", batch, longest);
  for (const [b, length] of targetLengths.entries()) {
    if (length > (targets[b] as number[]).length) {
      fail(name, `target_lengths[${b}]`, `at most ${targets[b]?.length} (the row's labels)`, length);
    }
  }
  return {
    type: "ctc",
    name,
    blank: fields.whole("blank", 0, classes - 1),
    zeroInfinity: fields.flag("zero_infinity"),
    logits,
    targets,
    logitLengths: fields.wholes("logit_lengths", batch, time),
    targetLengths,
    losses: fields.array("losses", [batch]),
    gradient: fields.array("gradient_of_sum_wrt_logits", logits.shape),
  };
}
