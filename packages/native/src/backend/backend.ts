import { offerArrayKernels } from "@timestep/base";
import "@tensorflow/tfjs-backend-cpu";
import {
  findBackendFactory,
  getKernelsForBackend,
  type KernelConfig,
  type KernelFunc,
  registerBackend,
  registerKernel,
} from "@tensorflow/tfjs-core";
import { type Addon, loadAddon } from "../addon.js";
import { attentionDecoderKernels } from "../kernels/attention-decoder.js";
import { convolutionKernels } from "../kernels/convolution.js";
import { elementwiseKernels } from "../kernels/elementwise.js";
import { host } from "./backend-values.js";
import { holdKernels } from "../kernels/held-operands.js";
import { layoutKernels } from "../kernels/layout.js";
import { productKernels } from "../kernels/products.js";
import { padKernels } from "../kernels/pad.js";
import { reductionKernels } from "../kernels/reductions.js";
import { lossKernels } from "../kernels/losses.js";
import { NativeBackend } from "./native-backend.js";
import { optimiserKernels } from "../kernels/optimiser.js";
import { RecycledMemory } from "./recycled-memory.js";
import { recurrentKernels } from "../kernels/recurrent.js";
import { ownRowKernels, rowKernels } from "../kernels/rows.js";
import { physicalCores } from "../threads.js";
import { treeKernels } from "../kernels/trees.js";
import { vocabularyKernels } from "../kernels/vocabulary.js";

/** The name under which TF.js knows this backend. */
export const backendName = "native";

/** Makes one kernel; `fallback` is the cpu backend's, for the cases that ours leaves aside. */
export type KernelMaker = (fallback: KernelFunc) => KernelFunc;

/**
 * Registers the TF.js backend "native": our kernels, and under the same name every kernel of the cpu backend that we
 * have none for. A second call only changes the number of threads.
 *
 * @returns the threads that work, the calling one included: `threads`, or the physical cores of this machine; and the
 *   instruction set that the kernels run on: avx512, avx2, neon or portable.
 * @throws {EngineError} NATIVE_NOT_BUILT when the addon is not there or does not load.
 */
export function registerNative({ threads }: { threads?: number | undefined } = {}): {
  threads: number;
  simd: string;
} {
  const addon = loadAddon();
  const running = { threads: addon.setThreads(threads ?? physicalCores()), simd: addon.simd() };
  if (getKernelsForBackend(backendName).length === 0) registerKernels(addon);
  const factory: unknown = findBackendFactory(backendName); // null when there is none, whatever its type says
  if (factory === null)
    registerBackend(backendName, () => new NativeBackend(new RecycledMemory(addon.misalignment)), 1);
  return running;
}

function registerKernels(addon: Addon): void {
  const makers = new Map<string, KernelMaker>(
    [
      productKernels,
      elementwiseKernels,
      reductionKernels,
      layoutKernels,
      padKernels,
      convolutionKernels,
      rowKernels,
    ].flatMap((kernels) => [...kernels(addon)]),
  );
  for (const kernel of getKernelsForBackend("cpu")) {
    const stock: KernelFunc = (args) => host(args.backend).lend(() => kernel.kernelFunc(args));
    registerKernel({
      ...(kernel as KernelConfig),
      backendName,
      kernelFunc: makers.get(kernel.kernelName)?.(stock) ?? stock,
    });
  }
  for (const kernel of [
    ...recurrentKernels(addon),
    ...lossKernels(addon),
    ...ownRowKernels(addon),
    ...treeKernels(addon),
    ...attentionDecoderKernels(addon),
    ...vocabularyKernels(addon),
    ...holdKernels(),
  ]) {
    registerKernel({ ...kernel, backendName });
  }
  offerArrayKernels(backendName, optimiserKernels(addon));
}
