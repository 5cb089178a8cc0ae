export type { NamedValues } from "./gates.js";
export * from "./keras.js";
export * from "./onnx.js";
export * from "./pytorch.js";
