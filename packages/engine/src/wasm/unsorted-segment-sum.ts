import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import { registerKernel, type TensorInfo, type UnsortedSegmentSumAttrs } from "@tensorflow/tfjs-core";

/**
 * Sum of the slices of `x` [N, …] that share a segment id [N]: the gradient of every embedding lookup. The stock
 * wasm backend does not register it.
 */
export function registerUnsortedSegmentSum(): void {
  registerKernel({
    kernelName: "UnsortedSegmentSum",
    backendName: "wasm",
    kernelFunc: ({ inputs, attrs, backend }) => {
      const wasm = backend as BackendWasm;
      const { x, segmentIds } = inputs as { x: TensorInfo; segmentIds: TensorInfo };
      const { numSegments } = attrs as unknown as UnsortedSegmentSumAttrs;
      const rest = x.shape.slice(segmentIds.shape.length);
      const width = rest.reduce((product, size) => product * size, 1);
      const output = wasm.makeOutput([numSegments, ...rest], x.dtype); // may grow the heap: take the views after it
      const values = wasm.typedArrayFromHeap(x);
      const ids = wasm.typedArrayFromHeap(segmentIds);
      const sums = wasm.typedArrayFromHeap(output);
      sums.fill(0);
      for (let row = 0; row < ids.length; row++) {
        const segment = ids[row] as number;
        if (segment < 0 || segment >= numSegments) continue; // as TensorFlow does: ids outside are dropped
        const from = row * width;
        const to = segment * width;
        for (let i = 0; i < width; i++)
          sums[to + i] = (sums[to + i] as number) + (values[from + i] as number);
      }
      return output;
    },
  });
}
