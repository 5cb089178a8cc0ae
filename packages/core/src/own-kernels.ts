import { engine, getBackend, getKernel } from "@tensorflow/tfjs-core";

/**
 * Whether the running engine has a kernel of this name. Engines register their kernels with TF.js by name, so nothing
 * here depends on one that may not be installed.
 */
export function engineHas(kernelName: string): boolean {
  // TF.js gives undefined for what nobody has registered, and types that do not say so.
  return Boolean(getKernel(kernelName, getBackend()));
}

/** Whether TF.js records operations for gradients; without that, no backward pass will come. */
export function gradientsAreRecorded(): boolean {
  const { gradientDepth, kernelDepth } = engine().state;
  return gradientDepth > 0 && kernelDepth === 0;
}
