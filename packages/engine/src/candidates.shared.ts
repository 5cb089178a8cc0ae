import type { EngineCandidate } from "./engine.js";

/** TF.js's WebAssembly backend with the repairs of ./wasm; one thread, SIMD. */
export const wasm: EngineCandidate = {
  name: "wasm",
  backend: "wasm",
  automatic: true,
  about: "WebAssembly with SIMD, one thread",
  async start() {
    await import("@tensorflow/tfjs-backend-wasm");
    const { repairWasm } = await import("./wasm/repair.js");
    repairWasm();
    return { threads: 1 };
  },
};

/** TF.js's plain JavaScript backend: for tests and as the last resort by name. */
export const cpu: EngineCandidate = {
  name: "cpu",
  backend: "cpu",
  automatic: false,
  about: "plain JavaScript, slow: for tests",
  async start() {
    await import("@tensorflow/tfjs-backend-cpu");
    return { threads: 1 };
  },
};
