export * from "./contrast-scores.js";
export * from "./read-contrast.js";
