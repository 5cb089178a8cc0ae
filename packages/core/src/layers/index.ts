export * from "./attention-pooling.js";
export * from "./character-encoder.js";
export * from "./dense.js";
export * from "./dropout.js";
export * from "./embedding.js";
export * from "./layer-norm.js";
export * from "./losses.js";
export * from "./pretrained.js";
export {
  projectedCrossEntropy,
  type ProjectedCrossEntropyOptions,
  projectedLosses,
} from "./projected-cross-entropy.js";
export * from "./sequence-pooling.js";
export * from "./top-log-probabilities.js";
