export * from "./backend.js";
export * from "./machine-limits.js";
