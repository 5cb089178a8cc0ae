export * from "./attention-pooling.js";
export * from "./character-encoder.js";
export * from "./dense.js";
export * from "./dropout.js";
export * from "./embedding.js";
export * from "./layer-norm.js";
export * from "./losses.js";
export * from "./pretrained.js";
