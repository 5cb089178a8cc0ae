import { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu";
import {
  getKernelsForBackend,
  type KernelConfig,
  type KernelFunc,
  registerBackend,
  registerKernel,
} from "@tensorflow/tfjs-core";
import { loadAddon } from "./addon.js";
import { convolutionKernels } from "./backend-convolution.js";
import { elementwiseKernels } from "./backend-elementwise.js";
import { layoutKernels } from "./backend-layout.js";
import { productKernels } from "./backend-products.js";
import { reductionKernels } from "./backend-reductions.js";
import { recurrentKernels } from "./recurrent.js";
import { physicalCores } from "./threads.js";

/** The name under which TF.js knows this backend. */
export const backendName = "native";

/**
 * TF.js's cpu backend with our kernels in the places that cost time. Tensors stay JavaScript typed arrays, so every
 * kernel of the cpu backend works on them as it is.
 */
export class NativeBackend extends MathBackendCPU {
  constructor() {
    super();
    // The parent advises, on the first tensor, to install another backend "to speed things up".
    (this as unknown as { firstUse: boolean }).firstUse = false;
  }
}

let registered = false;

/** Makes one kernel; `fallback` is the cpu backend's, for the cases that ours leaves aside. */
export type KernelMaker = (fallback: KernelFunc) => KernelFunc;

/**
 * Registers the TF.js backend "native": our kernels, and under the same name every kernel of the cpu backend that we
 * have none for. A second call only changes the number of threads.
 *
 * @returns the threads that work, the calling one included: `threads`, or the physical cores of this machine.
 * @throws {EngineError} NATIVE_NOT_BUILT when the addon is not there or does not load.
 */
export function registerNative({ threads }: { threads?: number | undefined } = {}): { threads: number } {
  const addon = loadAddon();
  const started = addon.setThreads(threads ?? physicalCores());
  if (registered) return { threads: started };

  const makers = new Map<string, KernelMaker>(
    [productKernels, elementwiseKernels, reductionKernels, layoutKernels, convolutionKernels].flatMap(
      (kernels) => [...kernels(addon)],
    ),
  );
  for (const kernel of getKernelsForBackend("cpu")) {
    const make = makers.get(kernel.kernelName);
    registerKernel({
      ...(kernel as KernelConfig),
      backendName,
      kernelFunc: make === undefined ? kernel.kernelFunc : make(kernel.kernelFunc),
    });
  }
  for (const kernel of recurrentKernels(addon)) registerKernel({ ...kernel, backendName });
  registerBackend(backendName, () => new NativeBackend(), 1);
  registered = true;
  return { threads: started };
}
