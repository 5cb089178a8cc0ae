export * from "./baselines/index.js";
export * from "./contrast/index.js";
