import { type ConvolutionLayer, volume } from "./manifest.js";

/** A convolution's numbers in the order of TF.js. */
export interface ConvolutionWeights {
  /** [height, width, in, out], or [height, width, channels, 1] for one that keeps channels apart. */
  readonly shape: [number, number, number, number];
  readonly filter: Float32Array;
  /** [out]. */
  readonly bias: Float32Array;
}

/**
 * Takes a layer's numbers out of the weight file; the manifest's checks vouch for their places.
 *
 * Filters are bytes, biases are whole numbers of four bytes, low byte first; both become (q - zeroPoint) · scale.
 */
export function unpackWeights(layer: ConvolutionLayer, file: Uint8Array): ConvolutionWeights {
  const { weight, bias } = layer;
  const [out, height, width, inner] = weight.shape as [number, number, number, number];
  const apart = layer.op === "depthwiseConv2d";
  const filter = new Float32Array(volume(weight.shape));
  const taps = height * width * inner;
  for (let o = 0; o < out; o++) {
    for (let tap = 0; tap < taps; tap++) {
      const quantised = file[weight.offset + o * taps + tap] as number;
      filter[tap * out + o] = (quantised - weight.zeroPoint) * weight.scale;
    }
  }
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const biases = Float32Array.from(
    { length: volume(bias.shape) },
    (_, i) => (view.getInt32(bias.offset + 4 * i, true) - bias.zeroPoint) * bias.scale,
  );
  return { shape: apart ? [height, width, inner, 1] : [height, width, inner, out], filter, bias: biases };
}
