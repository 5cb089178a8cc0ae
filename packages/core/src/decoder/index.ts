export * from "./attention-decoder.js";
export * from "./decoder-state.js";
export * from "./targets.js";
export * from "./token-decoder.js";
export * from "./initial-state.js";
