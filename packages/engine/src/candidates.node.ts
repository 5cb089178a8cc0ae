import type { EngineCandidate } from "./engine.js";
import { cpu, wasm } from "./candidates.shared.js";
import { isMissing, webgpuCandidate } from "./webgpu.js";
import { nodeGpu } from "./webgpu.node.js";

/** NVIDIA's device node on Linux; libtensorflow's GPU build is useless without it. */
const nvidiaDevice = "/dev/nvidia0";

const cuda: EngineCandidate = {
  name: "cuda",
  backend: "tensorflow",
  automatic: true,
  about: "TensorFlow's GPU library through @tensorflow/tfjs-node-gpu",
  async start() {
    const { existsSync } = await import("node:fs");
    if (!existsSync(nvidiaDevice)) throw new Error(`no NVIDIA device: ${nvidiaDevice} is not there`);
    // The name is held in a variable because the package is optional: the compiler must not look for it.
    const optional = "@tensorflow/tfjs-node-gpu";
    try {
      await import(optional);
    } catch (cause) {
      throw new Error(
        isMissing(cause)
          ? "the npm package @tensorflow/tfjs-node-gpu is not installed"
          : `@tensorflow/tfjs-node-gpu does not load: ${firstLine(cause)}`,
        { cause },
      );
    }
    return { threads: 1 };
  },
};

/** What `@timestep/native` exports for this place: it registers the TF.js backend "native". */
interface NativeAddon {
  registerNative(options: { threads: number | undefined }): { threads: number; simd: string };
}

const native: EngineCandidate = {
  name: "native",
  backend: "native",
  automatic: true,
  about: "Timestep's own kernels",
  async start(options) {
    const optional = "@timestep/native";
    let addon: NativeAddon;
    try {
      addon = (await import(optional)) as NativeAddon;
    } catch (cause) {
      throw new Error(
        isMissing(cause)
          ? "the npm package @timestep/native is not installed"
          : `@timestep/native does not load: ${firstLine(cause)}`,
        { cause },
      );
    }
    return addon.registerNative(options);
  },
};

/** In the order in which `auto` tries them. */
export const candidates: readonly EngineCandidate[] = [cuda, native, wasm, webgpuCandidate(nodeGpu), cpu];

function firstLine(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).split("\n")[0] ?? "";
}
