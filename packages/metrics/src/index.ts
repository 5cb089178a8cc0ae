export * from "./calibration.js";
export * from "./classification.js";
export * from "./conlleval.js";
export * from "./conlleval-format.js";
export * from "./frames.js";
export * from "./perplexity.js";
