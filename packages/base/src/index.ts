export * from "./array-kernels.js";
export * from "./errors.js";
export * from "./random.js";
