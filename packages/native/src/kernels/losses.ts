import type { KernelConfig, TensorInfo } from "@tensorflow/tfjs-core";
import { floats, fresh, type KernelArguments, make, sizeOf } from "../backend/backend-values.js";
import type { LossesAddon } from "./losses-addon.js";

/** The losses over whole sequences. @timestep/core calls them by name, and states there what they take and give. */
export function lossKernels(addon: LossesAddon): Omit<KernelConfig, "backendName">[] {
  return [
    { kernelName: "TimestepCtc", kernelFunc: (call) => ctc(addon, call) },
    { kernelName: "TimestepCrf", kernelFunc: (call) => crf(addon, call) },
    { kernelName: "TimestepCrfViterbi", kernelFunc: (call) => crfViterbi(addon, call) },
  ];
}

interface CtcAttributes {
  readonly labels: readonly (readonly number[])[];
  readonly lengths: readonly number[];
  readonly blank: number;
  readonly zeroInfinity: boolean;
  readonly gradient: boolean;
}

/** [logits] -> [losses [B], gradients [B, T, C] or an empty tensor]. */
function ctc(addon: LossesAddon, { inputs, attrs, backend }: KernelArguments): TensorInfo[] {
  const logits = (inputs as { logits: TensorInfo }).logits;
  const { labels, lengths, blank, zeroInfinity, gradient } = attrs as unknown as CtcAttributes;
  const [batch = 0, time = 0, classes = 0] = logits.shape;
  const losses = fresh(backend, batch);
  const gradients = gradient ? fresh(backend, batch * time * classes) : undefined;
  addon.ctcLoss(
    floats(backend, logits),
    Int32Array.from(lengths),
    Int32Array.from(labels.flat()),
    Int32Array.from(labels, (row) => row.length),
    losses,
    gradients,
    batch,
    time,
    classes,
    blank,
    zeroInfinity,
  );
  return [
    make(backend, [batch], "float32", losses),
    make(backend, gradients === undefined ? [0] : logits.shape, "float32", gradients ?? fresh(backend, 0)),
  ];
}

interface CrfConstraints {
  readonly allowed: readonly (readonly boolean[])[];
  readonly allowedStart: readonly boolean[];
  readonly allowedEnd: readonly boolean[];
}

interface CrfAttributes {
  readonly lengths: readonly number[];
  /** What may not be in a path has its weight replaced by -Infinity. */
  readonly constraints: CrfConstraints | null;
}

/** Where the weights of what is forbidden lie. A model has the same constraints in every step. */
const forbiddenPlaces = new WeakMap<CrfConstraints, Record<"transitions" | "start" | "end", Int32Array>>();

function forbidden(constraints: CrfConstraints): Record<"transitions" | "start" | "end", Int32Array> {
  const known = forbiddenPlaces.get(constraints);
  if (known !== undefined) return known;
  const places = (allowed: readonly boolean[]): Int32Array =>
    Int32Array.from(allowed.flatMap((may, at) => (may ? [] : [at])));
  const { allowed, allowedStart, allowedEnd } = constraints;
  const found = { transitions: places(allowed.flat()), start: places(allowedStart), end: places(allowedEnd) };
  forbiddenPlaces.set(constraints, found);
  return found;
}

interface CrfInputs {
  readonly emissions: TensorInfo;
  readonly transitions: TensorInfo;
  readonly start: TensorInfo;
  readonly end: TensorInfo;
}

type CrfArguments =
  Parameters<LossesAddon["crfViterbi"]> extends [...infer First, Int32Array] ? First : never;

/** What both kernels hand to the addon first. */
function crfArguments({ inputs, attrs, backend }: KernelArguments): CrfArguments {
  const { emissions, transitions, start, end } = inputs as unknown as CrfInputs;
  const { lengths, constraints } = attrs as unknown as CrfAttributes;
  const [batch = 0, time = 0, tags = 0] = emissions.shape;
  const places = constraints === null ? undefined : forbidden(constraints);
  const weights = (info: TensorInfo, without: Int32Array | undefined): Float32Array => {
    const given = floats(backend, info);
    if (without === undefined) return given;
    const values = given.slice();
    for (const place of without) values[place] = -Infinity;
    return values;
  };
  return [
    floats(backend, emissions),
    weights(transitions, places?.transitions),
    weights(start, places?.start),
    weights(end, places?.end),
    Int32Array.from(lengths),
    batch,
    time,
    tags,
  ];
}

/**
 * {emissions, transitions, start, end} -> [likelihoods [B]] and, with `gradient`, those of each row in the emissions
 * [B, T, K], transitions [B, K, K], start [B, K] and end [B, K].
 */
function crf(addon: LossesAddon, call: KernelArguments): TensorInfo[] {
  const { backend, attrs } = call;
  const { tags: paths, gradient } = attrs as unknown as {
    tags: readonly (readonly number[])[];
    gradient: boolean;
  };
  const first = crfArguments(call);
  const [, , , , lengths, batch, time, tags] = first;
  const path = new Int32Array(batch * time);
  for (const [b, row] of paths.entries()) path.set(row.slice(0, lengths[b]), b * time);
  const shapes = [
    [batch, time, tags],
    [batch, tags, tags],
    [batch, tags],
    [batch, tags],
  ];
  const likelihoods = fresh(backend, batch);
  if (!gradient) {
    addon.crfLikelihood(...first, path, likelihoods, undefined, undefined, undefined, undefined);
    return [make(backend, [batch], "float32", likelihoods)];
  }
  const gradients = shapes.map((shape) => fresh(backend, sizeOf(shape))) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  addon.crfLikelihood(...first, path, likelihoods, ...gradients);
  return [
    make(backend, [batch], "float32", likelihoods),
    ...gradients.map((values, n) => make(backend, shapes[n] as number[], "float32", values)),
  ];
}

/** {emissions, transitions, start, end} -> [paths [B, T] int32]. */
function crfViterbi(addon: LossesAddon, call: KernelArguments): TensorInfo[] {
  const first = crfArguments(call);
  const [, , , , , batch, time] = first;
  const paths = new Int32Array(batch * time);
  addon.crfViterbi(...first, paths);
  return [make(call.backend, [batch, time], "int32", paths)];
}
