export * from "./program.js";
export * from "./workplace.js";
