import { ConfigError, DataError, ShapeError } from "@timestep/base";
import { holdConstant } from "@timestep/core";
import { type DataSource, sha256 } from "@timestep/data";
import {
  add,
  avgPool,
  concat,
  dispose,
  fused,
  getBackend,
  keep,
  reshape,
  slice,
  type Tensor1D,
  tensor1d,
  type Tensor2D,
  type Tensor4D,
  tensor4d,
  type TensorContainer,
  tidy,
} from "@tensorflow/tfjs-core";
import { type Picture } from "../picture.js";
import { type ConvolutionLayer, type Layer, type Manifest, readManifest, volume } from "./manifest.js";
import { unpackWeights } from "./weights.js";

/** What a network sees in a batch of pictures. The caller owns the tensors. */
export interface PictureTensors {
  /** One vector for each place of the picture: [B, height, width, C]; 7×7×1280 for MobileNetV2 at 224 pixels. */
  readonly grid: Tensor4D;
  /** The mean over all places: [B, C]. */
  readonly pooled: Tensor2D;
}

/** The layers of a network with their weights, and the file they came from. */
interface Parts {
  readonly manifest: Manifest;
  readonly weights: ReadonlyMap<number, { filter: Tensor4D; bias: Tensor1D }>;
  readonly fingerprint: string;
  readonly labels: readonly string[] | undefined;
  readonly picturesAtOnce: number;
}

export interface MobileNetOptions {
  /**
   * How many pictures of a batch go through the layers together. By default as many as keep the widest layer in the
   * processor's cache (one, for MobileNetV2 at 224 pixels), and all of them on a graphics processor.
   */
  readonly picturesAtOnce?: number;
}

/** Engines whose tensors lie in the processor's memory. */
const onProcessor = new Set(["native", "wasm", "cpu"]);

/** Values that a layer may read and write for its neighbours to find them in the cache: 8 MB. */
const cachedValues = 2 ** 21;

/**
 * A convolutional network for pictures, read from a list of layers and a file of weights: MobileNetV2, or any other of
 * convolutions, channel-by-channel convolutions and sums with one pooling at the end. Batch normalisation is folded into
 * the weights. It only reads pictures; its weights are not trained.
 *
 * Convolution, bias and the bound at 0 and 6 are one operation (`fused.conv2d`), on every engine.
 *
 * **Shapes.** Pictures [B, H, W, 3] with values (byte - 128) / 128, H and W as in `inputShape`.
 *
 * @see Sandler et al. 2018, MobileNetV2, arXiv:1801.04381.
 */
export class MobileNet {
  private constructor(private readonly parts: Parts) {}

  /**
   * Loads `manifest.json` and `weights.bin`, and where it is there `imagenet_labels.txt`, from a folder.
   *
   * @throws {ConfigError} NETWORK_PICTURES_AT_ONCE when that is no whole number above 0.
   * @throws {DataError} NETWORK_FILES when a file is missing, NETWORK_MANIFEST when the manifest describes no network,
   *   NETWORK_WEIGHTS when the weights have another length than it says, NETWORK_LABELS when the labels are not as many
   *   as the classes.
   */
  static async load(source: DataSource, options: MobileNetOptions = {}): Promise<MobileNet> {
    const manifestBytes = await fileOf(source, "manifest.json");
    const bytes = await fileOf(source, "weights.bin");
    const manifest = readManifest(`${source.name}/manifest.json`, new TextDecoder().decode(manifestBytes));
    if (bytes.length !== manifest.weightsBytes) {
      throw new DataError(
        "NETWORK_WEIGHTS",
        `"${source.name}/weights.bin" has ${bytes.length} bytes, its manifest says ${manifest.weightsBytes}.`,
        { hint: "Copy the file again, together with its manifest." },
      );
    }
    const { picturesAtOnce = defaultAtOnce(manifest) } = options;
    if (picturesAtOnce !== Infinity && !(Number.isInteger(picturesAtOnce) && picturesAtOnce > 0)) {
      throw new ConfigError(
        "NETWORK_PICTURES_AT_ONCE",
        `picturesAtOnce must be a whole number above 0, got ${picturesAtOnce}.`,
        { hint: "Leave it out for the default." },
      );
    }
    const labels = await labelsOf(source, manifest.classes);
    const fingerprint = await sha256(
      new TextEncoder().encode((await sha256(manifestBytes)) + (await sha256(bytes))),
    );
    const weights = new Map<number, { filter: Tensor4D; bias: Tensor1D }>();
    for (const layer of manifest.layers) {
      if (layer.op !== "conv2d" && layer.op !== "depthwiseConv2d") continue;
      const { shape, filter, bias } = unpackWeights(layer, bytes);
      weights.set(layer.output, { filter: keep(tensor4d(filter, shape)), bias: keep(tensor1d(bias)) });
    }
    // Never changed and disposed in the end, which ends the promise.
    holdConstant([...weights.values()].map(({ filter }) => filter));
    return new MobileNet({ manifest, weights, fingerprint, labels, picturesAtOnce });
  }

  /** Height and width of the pictures, in pixels. */
  get inputSize(): { readonly height: number; readonly width: number } {
    const [height, width] = this.parts.manifest.inputShape;
    return { height, width };
  }

  /** Height, width and channels of the grid of features. */
  get gridShape(): readonly [number, number, number] {
    return this.parts.manifest.gridShape;
  }

  /** Number of classes. */
  get classes(): number {
    return this.parts.manifest.classes;
  }

  /** What each class is called, where the folder says it. */
  get labels(): readonly string[] | undefined {
    return this.parts.labels;
  }

  /** SHA-256 over manifest and weights: the same for the same numbers, whatever the folder is called. */
  get fingerprint(): string {
    return this.parts.fingerprint;
  }

  /**
   * Pictures as the network reads them, [B, H, W, 3].
   *
   * @throws {ShapeError} NETWORK_PICTURE_SIZE when one is not of the network's size.
   */
  input(pictures: readonly Picture[]): Tensor4D {
    const { height, width } = this.inputSize;
    const each = height * width * 3;
    const values = new Float32Array(pictures.length * each);
    pictures.forEach((picture, index) => {
      if (picture.height !== height || picture.width !== width || picture.pixels.length !== each) {
        throw new ShapeError(
          "NETWORK_PICTURE_SIZE",
          `the network reads pictures of ${width}×${height} pixels, "${picture.name}" has ${picture.width}×${picture.height}.`,
          { hint: "Read pictures at the network's inputSize." },
        );
      }
      const { pixels } = picture;
      for (let i = 0, to = index * each; i < each; i++, to++)
        values[to] = ((pixels[i] as number) - 128) / 128;
    });
    return tensor4d(values, [pictures.length, height, width, 3]);
  }

  /** Features of pictures [B, H, W, 3], without the classes. */
  features(pictures: Tensor4D): PictureTensors {
    return tidy(() => {
      const parts = this.inGroups(pictures, (group) => this.run(group, false));
      const grid = joined(parts.map((part) => part.grid));
      const pooled = joined(parts.map((part) => part.pooled));
      return { grid, pooled: reshape(pooled, [grid.shape[0], grid.shape[3]]) };
    }) as unknown as PictureTensors;
  }

  /** Logits of the classes for pictures [B, H, W, 3]: [B, classes]. */
  classify(pictures: Tensor4D): Tensor2D {
    return tidy(() => {
      const parts = this.inGroups(pictures, (group) => this.run(group, true).last);
      return reshape(joined(parts), [pictures.shape[0], this.classes]);
    });
  }

  dispose(): void {
    for (const { filter, bias } of this.parts.weights.values()) dispose([filter, bias]);
  }

  /** What `run` gives for one group of pictures after the other. */
  private inGroups<Result extends TensorContainer>(
    pictures: Tensor4D,
    run: (group: Tensor4D) => Result,
  ): Result[] {
    const { picturesAtOnce: most } = this.parts;
    const [count, ...rest] = pictures.shape;
    if (pictures.rank !== 4 || count <= most) return [run(pictures)];
    return Array.from({ length: Math.ceil(count / most) }, (_, index) => {
      const from = index * most;
      const size = Math.min(most, count - from);
      return tidy(() => run(slice(pictures, [from, 0, 0, 0], [size, ...rest])));
    });
  }

  /** Runs the layers in order, up to the pooling or to the logits; tensors that no later layer reads are let go. */
  private run(pictures: Tensor4D, classes: boolean): { grid: Tensor4D; pooled: Tensor4D; last: Tensor4D } {
    const { inputTensor, inputShape, layers } = this.parts.manifest;
    if (pictures.rank !== 4 || String(pictures.shape.slice(1)) !== String(inputShape)) {
      throw new ShapeError(
        "NETWORK_INPUT",
        `the network reads pictures [B, ${inputShape.join(", ")}], got [${pictures.shape.join(", ")}].`,
        { hint: "Make the batch with MobileNet.input." },
      );
    }
    const lastUse = new Map<number, number>();
    layers.forEach(({ input }, at) => {
      for (const id of input) lastUse.set(id, at);
    });
    const values = new Map<number, Tensor4D>([[inputTensor, pictures]]);
    let grid = pictures;
    let pooled = pictures;
    let last = pictures;
    for (const [at, layer] of layers.entries()) {
      if (layer.op === "softmax") break;
      const inputs = layer.input.map((id) => values.get(id) as Tensor4D);
      const [first] = inputs as [Tensor4D];
      last = this.apply(layer, inputs);
      values.set(layer.output, last);
      if (layer.op === "globalAvgPool") {
        [grid, pooled] = [first, last];
        if (!classes) break;
      }
      for (const id of layer.input) {
        const value = values.get(id);
        if (lastUse.get(id) !== at || id === inputTensor || value === undefined || value === grid) continue;
        value.dispose();
        values.delete(id);
      }
    }
    return { grid, pooled, last };
  }

  private apply(layer: Layer, inputs: readonly Tensor4D[]): Tensor4D {
    const [x, y] = inputs as [Tensor4D, Tensor4D];
    switch (layer.op) {
      case "conv2d":
      case "depthwiseConv2d":
        return this.convolve(layer, x);
      case "add":
        return add(x, y);
      case "globalAvgPool":
        return avgPool(x, [x.shape[1], x.shape[2]], 1, "valid");
      case "softmax":
        return x;
    }
  }

  private convolve(layer: ConvolutionLayer, x: Tensor4D): Tensor4D {
    const { filter, bias } = this.parts.weights.get(layer.output) as { filter: Tensor4D; bias: Tensor1D };
    const settings = {
      x,
      filter,
      bias,
      strides: layer.stride,
      pad: "same" as const,
      activation: layer.activation === "none" ? ("linear" as const) : layer.activation,
    };
    return layer.op === "conv2d" ? fused.conv2d(settings) : fused.depthwiseConv2d(settings);
  }
}

/** As many pictures as keep what the widest layer reads and writes in the cache. */
function defaultAtOnce({ inputTensor, inputShape, layers }: Manifest): number {
  if (!onProcessor.has(getBackend())) return Infinity;
  const sizes = new Map([[inputTensor, volume(inputShape)]]);
  let most = 1;
  for (const layer of layers) {
    const read = layer.input.reduce((sum, id) => sum + (sizes.get(id) ?? 0), 0);
    const written = "outputShape" in layer ? volume(layer.outputShape) : (sizes.get(layer.input[0]) ?? 0);
    sizes.set(layer.output, written);
    most = Math.max(most, read + written);
  }
  return Math.max(1, Math.floor(cachedValues / most));
}

function joined(parts: readonly Tensor4D[]): Tensor4D {
  return parts.length === 1 ? (parts[0] as Tensor4D) : concat([...parts], 0);
}

async function fileOf(source: DataSource, name: string): Promise<Uint8Array> {
  const file = source.files.find((each) => each.name === name);
  if (file === undefined) {
    throw new DataError("NETWORK_FILES", `there is no ${name} in "${source.name}".`, {
      hint: "Name the folder that holds manifest.json and weights.bin.",
    });
  }
  return file.bytes();
}

async function labelsOf(source: DataSource, classes: number): Promise<string[] | undefined> {
  const file = source.files.find(({ name }) => name === "imagenet_labels.txt");
  if (file === undefined) return undefined;
  const labels = new TextDecoder()
    .decode(await file.bytes())
    .trimEnd()
    .split(/\r?\n/);
  if (labels.length !== classes) {
    throw new DataError(
      "NETWORK_LABELS",
      `"${source.name}/${file.name}" names ${labels.length} classes, the network has ${classes}.`,
      { hint: "Take the labels that belong to the network, one a line." },
    );
  }
  return labels;
}
