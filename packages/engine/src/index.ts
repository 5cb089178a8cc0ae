export * from "./engine.js";
export * from "./initialisers.js";
