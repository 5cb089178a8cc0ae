export type { Values } from "@timestep/engine";
export * from "./layers/dropout.js";
export * from "./module.js";
export * from "./recurrent/index.js";
export * from "./weights/index.js";
