import type { Gpu } from "./webgpu.js";

/** The browser's own. */
export function browserGpu(): Promise<Gpu> {
  const { navigator } = globalThis as { navigator?: { gpu?: Gpu } };
  if (navigator?.gpu === undefined) {
    return Promise.reject(
      new Error("this browser offers no navigator.gpu; it needs WebGPU and a secure page"),
    );
  }
  return Promise.resolve(navigator.gpu);
}
