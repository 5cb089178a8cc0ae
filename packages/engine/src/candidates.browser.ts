import type { EngineCandidate } from "./engine.js";
import { cpu, wasm } from "./candidates.shared.js";
import { browserGpu } from "./webgpu.browser.js";
import { webgpuCandidate } from "./webgpu.js";

/** A browser has neither CUDA nor native add-ons. */
export const candidates: readonly EngineCandidate[] = [wasm, webgpuCandidate(browserGpu), cpu];
