import type { EngineCandidate } from "./engine.js";
import { cpu, wasm, webgpu } from "./candidates.shared.js";

/** A browser has neither CUDA nor native add-ons. */
export const candidates: readonly EngineCandidate[] = [wasm, webgpu, cpu];
