export * from "./assertion.js";
export {
  type Comparable,
  expectClose,
  largestRelativeError,
  worstDifference,
  type WorstDifference,
} from "./compare.js";
export * from "./golden.js";
export * from "./gradients.js";
export * from "./leaks.js";
export * from "./oracles.js";
export * from "./software-gpu.js";
export * from "./toys.js";
