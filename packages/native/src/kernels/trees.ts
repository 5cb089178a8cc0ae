import type { KernelConfig, TensorInfo } from "@tensorflow/tfjs-core";
import { floats, fresh, type KernelArguments, make, sizeOf } from "../backend/backend-values.js";
import type { TreeAddon, TreeLstmArguments } from "./tree-addon.js";

/**
 * Tree LSTMs over batches of trees. @timestep/core calls them by name (`runTreeKernel` there states what they take and
 * give).
 */
export function treeKernels(addon: TreeAddon): Omit<KernelConfig, "backendName">[] {
  return [
    { kernelName: "TimestepTreeLstm", kernelFunc: (call) => treeLstm(addon, call) },
    { kernelName: "TimestepTreeLstmGrad", kernelFunc: (call) => treeLstmGradient(addon, call) },
  ];
}

interface TreeAttributes {
  readonly leafRows: Int32Array;
  readonly starts: Int32Array;
  readonly children: Int32Array;
  readonly trees: Int32Array;
  readonly arity: number;
  readonly training: boolean;
}

type Weights = readonly [
  leaves: TensorInfo,
  inputKernel: TensorInfo,
  recurrentKernel: TensorInfo,
  bias: TensorInfo,
];

function sharedArguments(
  { backend, attrs }: KernelArguments,
  [leaves, inputKernel, recurrentKernel, bias]: Weights,
): TreeLstmArguments {
  const { leafRows, starts, children, trees, arity } = attrs as unknown as TreeAttributes;
  const [rows = 0, inputSize = 0] = leaves.shape;
  const read = (info: TensorInfo): Float32Array => floats(backend, info);
  const hiddenSize = (bias.shape[0] ?? 0) / 4;
  const weights = [read(leaves), read(inputKernel), read(recurrentKernel), read(bias)] as const;
  return [leafRows, starts, children, trees, arity, rows, inputSize, hiddenSize, ...weights];
}

/** [leaves, inputKernel, recurrentKernel, bias] -> [h, c] and, in training, what the backward pass reads. */
function treeLstm(addon: TreeAddon, call: KernelArguments): TensorInfo[] {
  const { backend } = call;
  const shared = sharedArguments(call, Object.values(call.inputs) as unknown as Weights);
  const { training } = call.attrs as unknown as TreeAttributes;
  const [leafRows, , , trees, arity, , , size] = shared;
  const states = [trees.length, size];
  const h = fresh(backend, sizeOf(states));
  const c = fresh(backend, sizeOf(states));
  const merges = trees.length - leafRows.length;
  const saved = training ? fresh(backend, (3 * leafRows.length + (3 + arity) * merges) * size) : undefined;
  addon.treeLstmForward(...shared, h, c, saved);
  const result = (shape: number[], values: Float32Array): TensorInfo =>
    make(backend, shape, "float32", values);
  return [
    result(states, h),
    result(states, c),
    ...(saved === undefined ? [] : [result([saved.length], saved)]),
  ];
}

/** [h, c, saved, dH, dC, and all that the forward kernel took] -> the gradient of each of the latter. */
function treeLstmGradient(addon: TreeAddon, call: KernelArguments): TensorInfo[] {
  const { backend } = call;
  const infos = Object.values(call.inputs) as TensorInfo[];
  const upstream = infos.slice(0, 5).map((info) => floats(backend, info)) as Five<Float32Array>;
  const weights = infos.slice(5) as unknown as Weights;
  const gradients = weights.map(({ shape }) => fresh(backend, sizeOf(shape))) as Four<Float32Array>;
  addon.treeLstmBackward(...sharedArguments(call, weights), ...upstream, ...gradients);
  return weights.map(({ shape }, index) => make(backend, shape, "float32", gradients[index] as Float32Array));
}

type Four<T> = [T, T, T, T];
type Five<T> = [T, T, T, T, T];
