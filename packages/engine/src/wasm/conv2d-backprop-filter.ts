import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import {
  backend_util,
  type Conv2DBackpropFilterAttrs,
  getKernel,
  registerKernel,
  type TensorInfo,
} from "@tensorflow/tfjs-core";

/**
 * Gradient of a 2-D convolution with respect to its filter [filterHeight, filterWidth, inChannels, outChannels]. The
 * stock wasm backend does not register it.
 *
 * For each filter position the input pixels that it meets are gathered as rows [N·outH·outW, inChannels]; the
 * gradient of that position is patchesᵀ · dy, a product that reaches XNNPACK.
 */
export function registerConv2DBackpropFilter(): void {
  registerKernel({
    kernelName: "Conv2DBackpropFilter",
    backendName: "wasm",
    kernelFunc: ({ inputs, attrs, backend }) => {
      const wasm = backend as BackendWasm;
      const { x, dy } = inputs as { x: TensorInfo; dy: TensorInfo };
      const { strides, pad, dataFormat, dimRoundingMode, filterShape } =
        attrs as unknown as Conv2DBackpropFilterAttrs;
      if (dataFormat !== "NHWC")
        throw new Error(`Conv2DBackpropFilter on wasm takes NHWC only, got ${dataFormat}`);
      const info = backend_util.computeConv2DInfo(
        x.shape as [number, number, number, number],
        filterShape,
        strides,
        1,
        pad,
        dimRoundingMode,
      );
      const { inChannels, outChannels, filterHeight, filterWidth } = info;
      const rows = info.batchSize * info.outHeight * info.outWidth;
      const multiply = getKernel("BatchMatMul", "wasm").kernelFunc;
      const output = wasm.makeOutput(filterShape, "float32");
      const patches = wasm.makeOutput([1, inChannels, rows], "float32");
      const gradientRows: TensorInfo = { dataId: dy.dataId, shape: [1, rows, outChannels], dtype: "float32" };
      for (let position = 0; position < filterHeight * filterWidth; position++) {
        gatherTransposed(wasm, x, patches, info, position);
        const product = multiply({
          inputs: { a: patches, b: gradientRows },
          attrs: { transposeA: false, transposeB: false },
          backend: wasm,
        }) as TensorInfo;
        const values = wasm.typedArrayFromHeap(product);
        wasm.typedArrayFromHeap(output).set(values, position * inChannels * outChannels);
        wasm.disposeData(product.dataId);
      }
      wasm.disposeData(patches.dataId);
      return output;
    },
  });
}

/** Fills `patches` [1, inChannels, N·outH·outW] with the pixels under one filter position; zeros outside the image. */
function gatherTransposed(
  wasm: BackendWasm,
  x: TensorInfo,
  patches: TensorInfo,
  info: backend_util.Conv2DInfo,
  position: number,
): void {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, strideHeight, strideWidth } = info;
  const shiftY = Math.floor(position / info.filterWidth) - info.padInfo.top;
  const shiftX = (position % info.filterWidth) - info.padInfo.left;
  const pixels = wasm.typedArrayFromHeap(x);
  const target = wasm.typedArrayFromHeap(patches);
  const rows = batchSize * outHeight * outWidth;
  let row = 0;
  for (let n = 0; n < batchSize; n++) {
    for (let outY = 0; outY < outHeight; outY++) {
      const inY = outY * strideHeight + shiftY;
      for (let outX = 0; outX < outWidth; outX++, row++) {
        const inX = outX * strideWidth + shiftX;
        const inside = inY >= 0 && inY < inHeight && inX >= 0 && inX < inWidth;
        const from = ((n * inHeight + inY) * inWidth + inX) * inChannels;
        for (let c = 0; c < inChannels; c++)
          target[c * rows + row] = inside ? (pixels[from + c] as number) : 0;
      }
    }
  }
}
