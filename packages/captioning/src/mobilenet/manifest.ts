import { DataError } from "@timestep/base";
import { z } from "zod";

const size = z.int().positive();
const tensorId = z.int().nonnegative();

/** Where quantised numbers lie in the weight file, and how they become real: (q - zeroPoint) · scale. */
const stored = z.object({
  offset: z.int().nonnegative(),
  shape: z.array(size).min(1),
  scale: z.number().positive(),
  zeroPoint: z.int(),
});

const shared = { name: z.string(), output: tensorId };
const convolution = {
  ...shared,
  input: z.tuple([tensorId]),
  /** Height, width, channels. */
  outputShape: z.tuple([size, size, size]),
  stride: size,
  padding: z.literal("same"),
  activation: z.enum(["none", "relu6"]),
  bias: stored.extend({ dtype: z.literal("int32le") }),
};

const layer = z.discriminatedUnion("op", [
  z.object({
    op: z.literal("conv2d"),
    ...convolution,
    weight: stored.extend({ dtype: z.literal("uint8"), layout: z.literal("OHWI") }),
  }),
  z.object({
    op: z.literal("depthwiseConv2d"),
    ...convolution,
    weight: stored.extend({ dtype: z.literal("uint8"), layout: z.literal("1HWC") }),
  }),
  z.object({ op: z.literal("add"), ...shared, input: z.tuple([tensorId, tensorId]) }),
  z.object({ op: z.literal("globalAvgPool"), ...shared, input: z.tuple([tensorId]) }),
  z.object({ op: z.literal("softmax"), ...shared, input: z.tuple([tensorId]) }),
]);

const manifest = z.object({
  inputTensor: tensorId,
  inputShape: z.tuple([size, size, z.literal(3)]),
  classes: size,
  weightsBytes: size,
  layers: z.array(layer).min(1),
});

export type Layer = z.infer<typeof layer>;
export type ConvolutionLayer = Extract<Layer, { op: "conv2d" | "depthwiseConv2d" }>;

/** A network as a list of layers in the order in which they run. */
export type Manifest = z.infer<typeof manifest> & {
  /** Height, width and channels of what is pooled. */
  readonly gridShape: readonly [number, number, number];
};

/** Height, width, channels. */
type Shape = readonly [number, number, number];

/**
 * Reads the manifest of a network and checks that it describes one: each layer reads what an earlier one made, shapes
 * follow from one another, all weights lie in the weight file, and there is one pooling with the classes behind it.
 *
 * @throws {DataError} NETWORK_MANIFEST, naming the file and the layer.
 */
export function readManifest(name: string, text: string): Manifest {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw damaged(name, "it is no JSON", cause);
  }
  const parsed = manifest.safeParse(json);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0] as z.core.$ZodIssue;
    throw damaged(name, `${path.map(String).join(".")}: ${message}`);
  }
  return { ...parsed.data, gridShape: checkedGrid(name, parsed.data) };
}

/** Numbers in a shape. */
export function volume(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

/** Checks the layers one by one and gives the shape of what is pooled. */
function checkedGrid(
  file: string,
  { inputTensor, inputShape, classes, weightsBytes, layers }: z.infer<typeof manifest>,
): Shape {
  const shapes = new Map<number, Shape>([[inputTensor, inputShape]]);
  let grid: Shape | undefined;
  layers.forEach((layer, at) => {
    const fail = (what: string): DataError => damaged(file, `layer ${at} "${layer.name}" ${what}`);
    const inputs = layer.input.map((id) => {
      const shape = shapes.get(id);
      if (shape === undefined) throw fail(`reads tensor ${id}, which no layer before it makes`);
      return shape;
    });
    if (shapes.has(layer.output)) throw fail(`makes tensor ${layer.output}, which exists already`);
    const [first] = inputs as [Shape, ...Shape[]];
    let shape = first;
    if (layer.op === "conv2d" || layer.op === "depthwiseConv2d") {
      shape = convolved(layer, first, weightsBytes, fail);
    } else if (layer.op === "add") {
      if (inputs.some((other) => String(other) !== String(first))) throw fail("adds tensors of two shapes");
    } else if (layer.op === "globalAvgPool") {
      if (grid !== undefined) throw fail("is a second pooling; one is expected");
      if (layer.input[0] === inputTensor) throw fail("pools the picture itself");
      shape = [1, 1, first[2]];
      grid = first;
    }
    shapes.set(layer.output, shape);
  });
  if (grid === undefined) throw damaged(file, "there is no pooling, so no features");
  const last = layers.at(-1) as Layer;
  const shape = shapes.get(last.output) as Shape;
  if (last.op !== "softmax" || String(shape) !== String([1, 1, classes])) {
    throw damaged(
      file,
      `the last layer must be a softmax over ${classes} classes, it gives [${shape.join(", ")}]`,
    );
  }
  return grid;
}

function convolved(
  layer: ConvolutionLayer,
  input: Shape,
  weightsBytes: number,
  fail: (what: string) => DataError,
): Shape {
  const { weight, bias, stride, outputShape } = layer;
  const [height, width, channels] = input;
  const [first, , , last] = weight.shape;
  const fits = weight.shape.length === 4 && last === channels && (layer.op === "conv2d" || first === 1);
  if (!fits) throw fail(`has a filter [${weight.shape.join(", ")}] for ${channels} channels`);
  const made = layer.op === "conv2d" ? (first as number) : channels;
  const shape: Shape = [Math.ceil(height / stride), Math.ceil(width / stride), made];
  if (String(shape) !== String(outputShape)) {
    throw fail(`gives [${shape.join(", ")}] and is said to give [${outputShape.join(", ")}]`);
  }
  if (bias.shape.length !== 1 || bias.shape[0] !== made) {
    throw fail(`has a bias [${bias.shape.join(", ")}] for ${made} channels`);
  }
  const end = Math.max(weight.offset + volume(weight.shape), bias.offset + 4 * made);
  if (end > weightsBytes) throw fail(`has weights up to byte ${end} of ${weightsBytes}`);
  return shape;
}

function damaged(name: string, what: string, cause?: unknown): DataError {
  return new DataError("NETWORK_MANIFEST", `"${name}" does not describe a network: ${what}.`, {
    cause,
    hint: "Take manifest.json and weights.bin together, as they were made.",
  });
}
