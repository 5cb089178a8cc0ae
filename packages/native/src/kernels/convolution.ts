import {
  backend_util,
  type FusedConv2DAttrs,
  getKernel,
  type KernelFunc,
  type MaxPoolAttrs,
  type TensorInfo,
  util,
} from "@tensorflow/tfjs-core";
import type { Addon } from "../addon.js";
import { packedOperand } from "./held-operands.js";
import type { KernelMaker } from "../backend/backend.js";
import { floats, fresh, host, type KernelArguments, make, sizeOf } from "../backend/backend-values.js";

/** TF.js's description of a convolution. */
type Convolution = backend_util.Conv2DInfo;

/** Attributes of all these kernels; each has some of them. */
type Attributes = Pick<FusedConv2DAttrs, "strides" | "pad" | "dataFormat" | "dimRoundingMode"> & {
  readonly dilations?: FusedConv2DAttrs["dilations"];
  readonly activation?: backend_util.Activation;
  readonly leakyreluAlpha?: number;
  readonly inputShape?: [number, number, number, number];
  readonly filterShape?: [number, number, number, number];
};

type Shape4D = [number, number, number, number];

/**
 * Convolutions of float32 pictures [batch, height, width, channels] with their gradients, channel by channel too, and
 * pooling. Pictures with channels first and filters that make several channels of each are left to the cpu backend.
 */
export function convolutionKernels(addon: Addon): [string, KernelMaker][] {
  const forward = (depthwise: boolean) => (fallback: KernelFunc) => (args: KernelArguments) =>
    convolve(addon, depthwise, args) ?? fallback(args);
  return [
    ["Conv2D", forward(false)],
    ["FusedConv2D", forward(false)],
    ["DepthwiseConv2dNative", forward(true)],
    ["FusedDepthwiseConv2D", forward(true)],
    ["Conv2DBackpropInput", (fallback) => (args) => inputGradient(addon, false, args) ?? fallback(args)],
    ["Conv2DBackpropFilter", (fallback) => (args) => filterGradient(addon, false, args) ?? fallback(args)],
    [
      "DepthwiseConv2dNativeBackpropInput",
      (fallback) => (args) => inputGradient(addon, true, args) ?? fallback(args),
    ],
    [
      "DepthwiseConv2dNativeBackpropFilter",
      (fallback) => (args) => filterGradient(addon, true, args) ?? fallback(args),
    ],
    ["MaxPool", (fallback) => (args) => pool(addon, false, args) ?? fallback(args)],
    ["AvgPool", (fallback) => (args) => pool(addon, true, args) ?? fallback(args)],
    ["MaxPoolGrad", (fallback) => (args) => poolGradient(addon, false, args) ?? fallback(args)],
    ["AvgPoolGrad", (fallback) => (args) => poolGradient(addon, true, args) ?? fallback(args)],
  ];
}

/** The numbers of the C++ `Window`. */
export function windowOf(info: Convolution): Int32Array {
  return Int32Array.of(
    info.batchSize,
    info.inHeight,
    info.inWidth,
    info.inChannels,
    info.outHeight,
    info.outWidth,
    info.outChannels,
    info.filterHeight,
    info.filterWidth,
    info.strideHeight,
    info.strideWidth,
    info.dilationHeight,
    info.dilationWidth,
    info.padInfo.top,
    info.padInfo.left,
  );
}

/** What the attributes say of these shapes, or undefined for a case that is not ours. */
function described(
  attributes: Attributes,
  input: readonly number[],
  filter: readonly number[],
  depthwise: boolean,
): Convolution | undefined {
  const { strides, pad, dimRoundingMode, dataFormat } = attributes;
  const dilations = attributes.dilations ?? 1; // null is taken for 1, as on cpu
  // Kernels that keep channels apart are only defined for channels last; some of them come without the attribute.
  if (!depthwise && dataFormat !== "NHWC") return undefined;
  const info = backend_util.computeConv2DInfo(
    input as Shape4D,
    filter as Shape4D,
    strides,
    dilations,
    pad,
    dimRoundingMode,
    depthwise,
  );
  if (depthwise) {
    // The kernel is the last to see these: the operation leaves the check to it.
    util.assert(
      backend_util.eitherStridesOrDilationsAreOne(strides, dilations),
      () =>
        "Error in depthwiseConv2d: Either strides or dilations must be 1. " +
        `Got strides ${String(strides)} and dilations '${String(dilations)}'`,
    );
    if (info.outChannels !== info.inChannels) return undefined;
  }
  return info;
}

function allFloats(...tensors: readonly TensorInfo[]): boolean {
  return tensors.every(({ dtype }) => dtype === "float32");
}

/** Activations that hold results between bounds, which the kernel does itself. */
const bounds: Partial<Record<backend_util.Activation, readonly [number, number]>> = {
  linear: [-Infinity, Infinity],
  relu: [0, Infinity],
  relu6: [0, 6],
};

/** Names of the kernels of the others. */
const activations: Partial<Record<backend_util.Activation, string>> = {
  elu: "Elu",
  sigmoid: "Sigmoid",
  leakyrelu: "LeakyRelu",
  prelu: "Prelu",
};

function convolve(addon: Addon, depthwise: boolean, args: KernelArguments): TensorInfo | undefined {
  const { x, filter, bias, preluActivationWeights } = args.inputs as {
    x: TensorInfo;
    filter: TensorInfo;
    bias?: TensorInfo;
    preluActivationWeights?: TensorInfo;
  };
  const attributes = args.attrs as unknown as Attributes;
  const activation = attributes.activation ?? "linear";
  if (!allFloats(x, filter, ...(bias === undefined ? [] : [bias]))) return undefined;
  const info = described(attributes, x.shape, filter.shape, depthwise);
  if (info === undefined) return undefined;
  const perChannel = bias?.shape.length === 1 && bias.shape[0] === info.outChannels;
  if (bias !== undefined && !perChannel) return undefined;
  const [low, high] = bounds[activation] ?? [-Infinity, Infinity];
  const values = fresh(args.backend, sizeOf(info.outShape));
  const window = windowOf(info);
  const picture = floats(args.backend, x);
  const added = bias === undefined ? null : floats(args.backend, bias);
  const packed = depthwise ? undefined : packedFilter(addon, args.backend, filter, info.outChannels);
  if (packed === undefined) {
    addon.convolve(window, depthwise, picture, floats(args.backend, filter), added, low, high, values);
  } else {
    addon.convolvePacked(window, picture, packed, added, low, high, values);
  }
  const result = make(args.backend, info.outShape, "float32", values);
  const name = activations[activation];
  if (name === undefined) return result;
  const activated = getKernel(name, "native").kernelFunc({
    inputs: { x: result, ...(preluActivationWeights === undefined ? {} : { alpha: preluActivationWeights }) },
    attrs: { alpha: attributes.leakyreluAlpha as number },
    backend: args.backend,
  }) as TensorInfo;
  host(args.backend).disposeIntermediateTensorInfo(result);
  return activated;
}

/** A filter that is held, as the matrix that a convolution multiplies by. */
function packedFilter(
  addon: Addon,
  backend: unknown,
  filter: TensorInfo,
  n: number,
): Float32Array | undefined {
  return packedOperand(addon, backend, filter, { k: sizeOf(filter.shape) / n, n, transposed: false });
}

function inputGradient(addon: Addon, depthwise: boolean, args: KernelArguments): TensorInfo | undefined {
  const { dy, filter } = args.inputs as { dy: TensorInfo; filter: TensorInfo };
  const attributes = args.attrs as unknown as Attributes;
  if (!allFloats(dy, filter)) return undefined;
  const shape = attributes.inputShape as Shape4D;
  const info = described(attributes, shape, filter.shape, depthwise);
  if (info === undefined || !util.arraysEqual(info.outShape, dy.shape)) return undefined;
  const values = fresh(args.backend, sizeOf(shape));
  addon.convolveInputGradient(
    windowOf(info),
    depthwise,
    floats(args.backend, dy),
    floats(args.backend, filter),
    values,
  );
  return make(args.backend, shape, "float32", values);
}

function filterGradient(addon: Addon, depthwise: boolean, args: KernelArguments): TensorInfo | undefined {
  const { x, dy } = args.inputs as { x: TensorInfo; dy: TensorInfo };
  const attributes = args.attrs as unknown as Attributes;
  if (!allFloats(x, dy)) return undefined;
  const shape = attributes.filterShape as Shape4D;
  const info = described(attributes, x.shape, shape, depthwise);
  if (info === undefined || !util.arraysEqual(info.outShape, dy.shape)) return undefined;
  const values = fresh(args.backend, sizeOf(shape));
  addon.convolveFilterGradient(
    windowOf(info),
    depthwise,
    floats(args.backend, x),
    floats(args.backend, dy),
    values,
  );
  return make(args.backend, shape, "float32", values);
}

function pool(addon: Addon, mean: boolean, args: KernelArguments): TensorInfo | undefined {
  const { x } = args.inputs as { x: TensorInfo };
  if (x.dtype !== "float32") return undefined;
  const info = describedPool(args.attrs, x.shape);
  if (info.filterHeight * info.filterWidth === 1) return undefined;
  const values = fresh(args.backend, sizeOf(info.outShape));
  addon.pool(windowOf(info), mean, floats(args.backend, x), values);
  return make(args.backend, info.outShape, "float32", values);
}

function poolGradient(addon: Addon, mean: boolean, args: KernelArguments): TensorInfo | undefined {
  const { dy, input } = args.inputs as { dy: TensorInfo; input: TensorInfo };
  if (!allFloats(dy, input)) return undefined;
  const info = describedPool(args.attrs, input.shape);
  if (!util.arraysEqual(info.outShape, dy.shape)) return undefined;
  const values = fresh(args.backend, sizeOf(input.shape));
  addon.poolGradient(
    windowOf(info),
    mean ? null : floats(args.backend, input),
    floats(args.backend, dy),
    values,
  );
  return make(args.backend, input.shape, "float32", values);
}

function describedPool(attributes: KernelArguments["attrs"], shape: readonly number[]): Convolution {
  const { filterSize, strides, pad, dimRoundingMode } = attributes as unknown as MaxPoolAttrs;
  return backend_util.computePool2DInfo(shape as Shape4D, filterSize, strides, 1, pad, dimRoundingMode);
}
