export * from "./attention.js";
export * from "./history.js";
export * from "./memory.js";
export * from "./penalties.js";
