export * from "./backend.js";
export * from "./machine-limits.js";
export { NativeBackend } from "./native-backend.js";
export { RecycledMemory, type RecyclingLimits } from "./recycled-memory.js";
