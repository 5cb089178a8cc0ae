export * from "./backend/backend.js";
export * from "./machine-limits.js";
export { NativeBackend } from "./backend/native-backend.js";
export { RecycledMemory, type RecyclingLimits } from "./backend/recycled-memory.js";
