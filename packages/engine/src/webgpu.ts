import { EngineError } from "@timestep/base";
import {
  findBackendFactory,
  type KernelBackend,
  registerBackend,
  removeBackend,
  type TensorInfo,
} from "@tensorflow/tfjs-core";
import type { EngineCandidate } from "./engine.js";

/** What is asked of `navigator.gpu`; the whole of its types would tie every package to a browser. */
export interface Gpu {
  requestAdapter(options?: { powerPreference?: "high-performance" }): Promise<GpuAdapter | null>;
}

interface GpuAdapter {
  readonly info: { readonly [name in "vendor" | "architecture" | "device" | "description"]?: string };
}

/** TF.js's backend as far as this file goes into it. */
interface WebGpuBackend extends KernelBackend {
  readonly device: { destroy(): void };
}

/** One way to come by a `navigator.gpu`; throws an Error that says what was looked for when there is none. */
export type FindGpu = () => Promise<Gpu>;

/**
 * The engine on TF.js's WebGPU backend. It runs the reference and the time-fused path; plain-code kernels are out of
 * its reach, because tensors are read only with `await`: see {@link readsSynchronously}.
 */
export function webgpuCandidate(findGpu: FindGpu): EngineCandidate {
  return {
    name: "webgpu",
    backend: "webgpu",
    automatic: false,
    about: "WebGPU",
    async start() {
      started ??= await startWebGpu(await findGpu());
      return started;
    },
  };
}

/** What runs already, with the object that Dawn lives as long as. */
let started: { readonly threads: 1; readonly adapter: string; readonly gpu: Gpu } | undefined;

async function startWebGpu(gpu: Gpu): Promise<NonNullable<typeof started>> {
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (adapter === null) {
    throw new EngineError(
      "ENGINE_NO_ADAPTER",
      "WebGPU found no GPU adapter (Vulkan, Metal or Direct3D 12).",
      {
        hint:
          "Install the driver of the GPU, on Linux with its Vulkan part (`vulkaninfo` lists devices). A software device " +
          "does for trying out: point VK_ICD_FILENAMES at its description, such as SwiftShader's vk_swiftshader_icd.json.",
      },
    );
  }
  const backend = await makeBackend(gpu);
  refuseSynchronousReads(backend);
  // Drivers have threads of their own; a device that lives on while the process unloads them may hang or crash.
  if (typeof process !== "undefined") process.once("exit", () => backend.device.destroy());
  registerBackend("webgpu", () => backend);
  return { threads: 1, adapter: describeAdapter(adapter), gpu };
}

/**
 * The backend is made by the factory that TF.js registers as its package loads, and registered anew: a device that
 * cannot be had then fails here, before TF.js has let go of the backend that runs.
 */
async function makeBackend(gpu: Gpu): Promise<WebGpuBackend> {
  const withdraw = offerGpu(gpu);
  // The name is held in a variable because the package is optional: the compiler must not look for it.
  const optional = "@tensorflow/tfjs-backend-webgpu";
  try {
    await import(optional);
    const make = findBackendFactory("webgpu") as ReturnType<typeof findBackendFactory> | null;
    if (make === null) throw new Error("TF.js registered no backend");
    const backend = (await make()) as WebGpuBackend;
    removeBackend("webgpu");
    return backend;
  } catch (cause) {
    if (isMissing(cause)) throw new Error(`the npm package ${optional} is not installed`, { cause });
    throw cause;
  } finally {
    withdraw();
  }
}

/** Puts `gpu` where TF.js looks for it, and gives the way back: other code takes a `navigator` for a browser. */
function offerGpu(gpu: Gpu): () => void {
  const world = globalThis as { navigator?: object };
  const { navigator } = world;
  if (navigator !== undefined && "gpu" in navigator) return () => undefined;
  const owner = navigator ?? {};
  Object.defineProperty(owner, "gpu", { value: gpu, configurable: true });
  if (navigator === undefined)
    Object.defineProperty(world, "navigator", { value: owner, configurable: true });
  return () => {
    delete (owner as { gpu?: Gpu }).gpu;
    if (navigator === undefined) delete world.navigator;
  };
}

/** Reading without waiting needs a canvas, which only a browser has; elsewhere TF.js would fail on a missing name. */
function refuseSynchronousReads(backend: WebGpuBackend): void {
  if ("OffscreenCanvas" in globalThis) return;
  const values = backend as unknown as { tensorMap: { get(id: TensorInfo["dataId"]): { values?: unknown } } };
  const read = backend.readSync.bind(backend);
  backend.readSync = (id) => {
    if (values.tensorMap.get(id).values == null) {
      throw new EngineError("ENGINE_READS_LATER", "the webgpu engine cannot read a tensor without waiting.", {
        hint: "Await `tensor.data()`, or call the method whose name ends in Async.",
      });
    }
    return read(id);
  };
}

/** Vendor, architecture and name of the device, as far as the driver tells. */
function describeAdapter({ info }: GpuAdapter): string {
  const said = [info.description, info.device, info.vendor, info.architecture].filter(Boolean);
  return [...new Set(said)].join(", ") || "an adapter without a name";
}

/** Whether an import failed because there is no such package. */
export function isMissing(cause: unknown): boolean {
  const code = (cause as { code?: unknown } | null)?.code;
  return code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND";
}
