export type { Values } from "@timestep/engine";
export * from "./crf/index.js";
export * from "./ctc/index.js";
export * from "./layers/index.js";
export * from "./module.js";
export * from "./recurrent/index.js";
export * from "./tree/index.js";
export * from "./weights/index.js";
