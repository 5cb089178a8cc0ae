export * from "./engine.js";
export * from "./initialisers.js";
export * from "./reference-product.js";
