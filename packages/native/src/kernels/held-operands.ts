import type { KernelConfig, TensorInfo } from "@tensorflow/tfjs-core";
import { floats, host } from "../backend/backend-values.js";
import type { MatrixForm, Packing } from "../backend/held-operands.js";

/**
 * `TimestepHold` and `TimestepRelease`: the caller promises that the tensors it gives stay as they are until it releases
 * them, so that the backend may keep copies of them in the order in which products read them. Both give nothing.
 * @timestep/core calls them by name (`holdConstant`).
 */
export function holdKernels(): Omit<KernelConfig, "backendName">[] {
  const each = (
    kernelName: string,
    act: (operands: ReturnType<typeof host>["operands"], dataId: object) => void,
  ): Omit<KernelConfig, "backendName"> => ({
    kernelName,
    kernelFunc: ({ inputs, backend }) => {
      for (const info of Object.values(inputs as Record<string, TensorInfo>))
        act(host(backend).operands, info.dataId);
      return [];
    },
  });
  return [
    each("TimestepHold", (operands, dataId) => {
      operands.hold(dataId);
    }),
    each("TimestepRelease", (operands, dataId) => {
      operands.release(dataId);
    }),
  ];
}

/** Products of no more rows read a matrix as fast where it lies. */
const fewRows = 4;

/** The packed copy of a held float32 tensor read as one matrix, for a product of so many rows; or undefined. */
export function packedOperand(
  packing: Packing,
  backend: unknown,
  info: TensorInfo,
  form: MatrixForm,
  rows = Infinity,
): Float32Array | undefined {
  if (rows <= fewRows) return undefined;
  return host(backend).operands.packed(packing, info.dataId, form, () => floats(backend, info));
}
